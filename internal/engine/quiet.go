package engine

import (
	"errors"
	"time"

	"github.com/tickersync/tickersync/exchange"
)

// errMute is why a quiet connection is cut.
var errMute = errors.New("mute: REST tells of a change that the stream does not")

// mutely is how long the stream may owe what REST has told, beside the feed's
// delay: the time that a frame takes.
const mutely = 2 * time.Second

// listen is the clock of data for an exchange without heartbeats, where silence
// proves nothing. After the idle time it asks REST for the market that was told
// last, then for the one before it, one each idle time, or for all where that is
// one request. It cuts the connection when REST tells of a change that the stream
// should have told, and nothing at all comes within the feed's delay.
func (s *shard) listen(o *open) {
	var compared time.Duration // when silence was last found to be in order
	for n := 0; ; {
		heard := time.Duration(o.heard.Load())
		if heard > compared {
			n = 0
		}
		now, _ := s.r.o.Clock()
		if wait := s.r.o.Idle - (now.Sub(o.watch.began) - max(heard, compared)); wait > 0 {
			if Sleep(o.ctx, wait) != nil {
				return
			}
			continue
		}
		differs, err := s.compare(o, n)
		n++
		if o.ctx.Err() != nil {
			return
		}
		if err != nil { // nothing is known then: soon again
			if fatal := s.r.Failed(o.ctx, "asking after a silence", err); fatal != nil {
				s.r.end(fatal)
				return
			}
			if Sleep(o.ctx, s.r.Retry(err, s.r.o.Idle)) != nil {
				return
			}
			continue
		}
		if differs {
			feed := &s.r.Feed
			if Sleep(o.ctx, max(feed.Trade.Delay, feed.Quote.Delay)+mutely) != nil {
				return
			}
			if time.Duration(o.heard.Load()) == heard {
				o.cut(errMute)
				return
			}
		}
		compared = now.Sub(o.watch.began)
	}
}

// compare asks REST for the n-th of the markets of the connection, those told last
// first, and reports whether the answer tells what the stream has not. The answer
// is merged like any other.
func (s *shard) compare(o *open, n int) (differs bool, err error) {
	ms := o.link.Recent()
	if len(ms) == 0 {
		return false, nil
	}
	l, ok := s.r.Listing(ms[n%len(ms)])
	if !ok {
		return false, nil
	}
	asked := time.Now()
	us, all, err := s.r.o.Ask(o.ctx, l)
	var bad *exchange.FrameError
	if err != nil && (len(us) == 0 || !errors.As(err, &bad)) {
		return false, err
	}
	for i := range us {
		differs = differs || o.link.Differs(&us[i], asked) != 0
	}
	o.link.Answer(us, asked, all && err == nil)
	return differs, nil
}

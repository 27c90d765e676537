package exchangetest

import (
	"errors"
	"slices"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/replay"
	"github.com/tickersync/tickersync/ticker"
)

// takeOver is how often an engine has markets pass to another link.
const takeOver = 100 * time.Millisecond

// flown is a link of a recording.
type flown struct {
	ms     []exchange.Listing
	link   *ticker.Link // nil: not open yet, or any more
	before []frame      // that came before it was open
	passes time.Time    // when markets may pass to it; zero: it has all
}

// frame is what was read of one.
type frame struct {
	us     []ticker.Update
	proves bool
	err    error
	at     time.Time
}

// pass has markets pass from another link, as an engine has them do until it has
// all.
func (f *flown) pass() {
	f.passes = time.Time{}
	if f.link == nil {
		return
	}
	if left, _ := f.link.TakeOver(); left > 0 {
		f.passes = time.Now().Add(takeOver)
	}
}

func (p *player) flown(rec *replay.Record) *flown {
	f := p.links[rec.Link]
	if f == nil {
		f = new(flown)
		p.links[rec.Link] = f
		p.order = append(p.order, f)
	}
	return f
}

// know adds markets to those that the link may ever be told of.
func (f *flown) know(ls []replay.Listing) {
	for _, l := range ls {
		if !slices.ContainsFunc(f.ms, func(o exchange.Listing) bool { return string(o.Market) == l.Market }) {
			f.ms = append(f.ms, listing(l))
		}
	}
}

// tell writes what has come to the Book, once the link is open.
func (p *player) tell(f *flown) {
	for len(f.before) > 0 && f.link != nil {
		r := f.before[0]
		f.before = f.before[1:]
		var err error
		switch {
		case len(r.us) > 0:
			err = f.link.Stream(r.us, r.at)
		case r.proves && r.err == nil:
			f.link.Heard(r.at)
		}
		var bad *exchange.FrameError
		switch {
		case err != nil:
			p.end(f, err)
		case errors.As(r.err, &bad):
			p.keeper.Bad(r.err)
			p.failed(exchange.BadFrame, r.err)
		case r.err != nil:
			p.end(f, r.err)
		}
	}
}

// end ends a link, with err where something went wrong.
func (p *player) end(f *flown, err error) {
	if f.link == nil {
		return
	}
	f.link.Close(err)
	f.link = nil
	for _, o := range p.order {
		if !o.passes.IsZero() {
			o.pass()
		}
	}
	if err != nil {
		p.failed(exchange.BrokenLink, err)
	}
}

package exchangetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/replay"
	"github.com/tickersync/tickersync/ticker"
)

// recordedURL stands for the exchange's REST API.
const recordedURL = "http://recorded.invalid"

// call is one call of the Source that was recorded, with the requests it made.
type call struct{ answers []*replay.Record }

func (p *player) call(rec *replay.Record) *call {
	c := p.calls[rec.Call]
	if c == nil {
		c = new(call)
		p.calls[rec.Call] = c
	}
	return c
}

// answered plays a call when its last answer comes. One that was refused, or of
// which not all was kept, tells nothing.
func (p *player) answered(rec *replay.Record) {
	c := p.call(rec)
	if rec != c.answers[len(c.answers)-1] {
		return
	}
	for _, a := range c.answers {
		if a.Status != http.StatusOK || a.Cut {
			return
		}
	}
	// A limit that was hit is not waited for.
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), callKey{}, c), time.Millisecond)
	defer cancel()
	asked := p.moment(rec.Asked.Time)
	var us []ticker.Update
	var err error
	switch rec.For {
	case exchange.AskMarkets:
		err = p.list(ctx, asked)
	case exchange.AskSnapshot:
		if s, ok := p.src.(exchange.Snapshotter); ok {
			us, err = s.Snapshot(ctx)
			p.answer(us, asked, err == nil)
		}
	case exchange.AskMarket:
		l, known := p.ms[ticker.Market(rec.Market)]
		if s, ok := p.src.(exchange.Fetcher); ok && known {
			var u ticker.Update
			if u, err = s.Fetch(ctx, l); err == nil {
				p.answer([]ticker.Update{u}, asked, false)
			}
		}
	}
	var bad *exchange.FrameError
	if errors.As(err, &bad) {
		p.keeper.Bad(err)
	}
	if exchange.Unreadable(err) && !errors.Is(err, errNotRecorded) && ctx.Err() == nil {
		p.failed(exchange.BadFrame, err)
	}
}

func (p *player) list(ctx context.Context, asked time.Time) error {
	ls, err := p.src.Markets(ctx)
	if err != nil {
		return err
	}
	var listed []ticker.Listed
	for _, l := range ls {
		listed = append(listed, ticker.Listed{Market: l.Market, Trading: l.Trading})
		p.ms[l.Market] = l
	}
	p.keeper.List(listed, asked)
	return nil
}

// answer merges an answer, through any link.
func (p *player) answer(us []ticker.Update, asked time.Time, all bool) {
	for _, f := range p.order {
		if f.link != nil {
			f.link.Answer(us, asked, all)
			return
		}
	}
}

type callKey struct{}

// client returns an HTTP client that answers what was answered to the call in the
// context.
func (p *player) client() *http.Client {
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		c, _ := r.Context().Value(callKey{}).(*call)
		if c == nil {
			return nil, errNotRecorded
		}
		for _, a := range c.answers {
			if u, err := url.Parse(recordedURL + a.Path); err == nil && u.RequestURI() == r.URL.RequestURI() {
				return response(r, a), nil
			}
		}
		return nil, errNotRecorded
	})}
}

var errNotRecorded = errors.New("the recording has no answer to this")

func response(r *http.Request, a *replay.Record) *http.Response {
	h := http.Header{}
	for name, value := range map[string]string{"Date": a.Head.Date, "Age": a.Head.Age} {
		if value != "" {
			h.Set(name, value)
		}
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader(a.Data())), Request: r,
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/tickersync/tickersync/internal/replay"
)

// recorded returns a connection that records what it reads, where ctx says so.
func recorded(ctx context.Context, c Conn, address string) Conn {
	f, _ := ctx.Value(flightKey{}).(*Flight)
	if f == nil {
		return c
	}
	f.r.mu.Lock()
	defer f.r.mu.Unlock()
	f.conns++
	f.add(&entry{conn: f.conns, other: &replay.Record{T: replay.Connect, Addr: bare(address)}, ms: f.ms})
	return &recordedConn{c, f, f.conns}
}

// bare is an address without what could be secret.
func bare(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

type recordedConn struct {
	Conn
	f *Flight
	n int
}

func (c *recordedConn) Read(ctx context.Context, dst []byte) ([]byte, error) {
	p, err := c.Conn.Read(ctx, dst)
	if err == nil {
		frame := bytes.Clone(p)
		c.f.r.mu.Lock()
		defer c.f.r.mu.Unlock()
		c.f.add(&entry{conn: c.n, frame: frame})
	}
	return p, err
}

// flightCall is one call of Markets, Snapshot or Fetch.
type flightCall struct {
	r      *FlightRecorder
	n      int
	what   string
	market string
	asked  time.Time
}

type flightCallKey struct{}

// What an engine asks a Source for.
const (
	AskMarkets  = "markets"
	AskSnapshot = "snapshot"
	AskMarket   = "fetch"
)

// Asking returns a context for one call of a Source's Markets, Snapshot or Fetch,
// under which the requests of REST are recorded. The moment is that of asking.
func (r *FlightRecorder) Asking(ctx context.Context, what string, l Listing) context.Context {
	if r == nil {
		return ctx
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	c := &flightCall{r, r.calls, what, string(l.Market), time.Now()}
	return context.WithValue(ctx, flightCallKey{}, c)
}

// record records one request of a call, and what came of it.
func record(ctx context.Context, path string, a *Answer, err error) {
	c, _ := ctx.Value(flightCallKey{}).(*flightCall)
	if c == nil {
		return
	}
	rec := &replay.Record{T: replay.REST, Asked: replay.Time{Time: c.asked}, Call: c.n, For: c.what, Market: c.market, Path: path}
	var body []byte
	var status *StatusError
	var limit *RateLimitError
	switch {
	case err == nil:
		rec.Status = 200
		rec.Head = replay.Headers{Date: a.Header.Get("Date"), Age: a.Header.Get("Age")}
		body = bytes.Clone(a.Body)
	case errors.As(err, &status):
		rec.Status = status.Status
		body = []byte(status.Body)
		if errors.As(err, &limit) && limit.RetryAfter > 0 {
			rec.Head.RetryAfter = strconv.Itoa(int(limit.RetryAfter.Seconds()))
		}
	default:
		rec.Error = brief(err.Error(), 1000)
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	c.r.answered(&entry{at: time.Now(), frame: body, other: rec})
}

// answered keeps the answer to a request. One to the last list of markets is kept
// until the next list.
func (r *FlightRecorder) answered(e *entry) {
	half := r.most() / 2
	if e.size() > half {
		e.frame, e.other.Cut = nil, true
	}
	if e.other.For != AskMarkets || e.other.Status != 200 {
		r.add(e)
		return
	}
	size := e.size()
	for _, o := range r.list {
		size += o.size()
	}
	if len(r.list) > 0 && (r.list[0].other.Call != e.other.Call || size > half) {
		for _, o := range r.list {
			r.used -= o.size()
		}
		r.list = nil
	}
	r.seq++
	e.seq = r.seq
	r.used += e.size()
	r.list = append(r.list, e)
	r.shrink()
}

// line turns an entry into a record of a file.
func (e *entry) line() *replay.Record {
	rec := &replay.Record{T: replay.Recv}
	if e.other != nil {
		c := *e.other
		rec = &c
	}
	rec.TS = replay.Time{Time: e.at}
	if f := e.flight; f != nil {
		rec.Link = f.link
		if e.conn > 0 {
			rec.Conn = fmt.Sprintf("%d.%d", f.link, e.conn)
		}
	}
	for _, l := range e.ms {
		rec.Markets = append(rec.Markets, replay.Listing{Market: string(l.Market), Symbol: l.Symbol, REST: l.RESTSymbol})
	}
	if rec.T == replay.Recv || e.frame != nil {
		rec.SetData(e.frame)
	}
	return rec
}

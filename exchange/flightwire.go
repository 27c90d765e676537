package exchange

import (
	"bytes"
	"context"
	"fmt"
	"net/url"

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

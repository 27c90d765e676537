package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/govalues/decimal"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/ticker"
)

const (
	deskBucket  = "tickers-desk"
	bareBucket  = "bare"       // of the same, written by JetStream's own means
	bareSubject = "goals.bare" // of messages that are not kept at all
)

// desk is a collector that is told by us what its exchange does, for then we can say
// when and how fast.
type desk struct {
	role *role
	book ticker.Book
	link *ticker.Link
	us   []ticker.Update // as it was told last, of each market
	n    uint64          // updates told
	nc   *nats.Conn      // for what is bare
	js   jetstream.JetStream
	like []byte // a record
}

// keepDesk is the role of a desk.
func keepDesk(ctx context.Context, r *role) error {
	d := &desk{role: r}
	if err := d.open(); err != nil {
		return err
	}
	nc, js, err := connect(r.url)
	if err != nil {
		return err
	}
	defer nc.Close()
	if d.nc, d.js, err = connect(r.url); err != nil {
		return err
	}
	defer d.nc.Close()

	ctx, cancel := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel(nil)
	wg.Go(func() {
		cancel(natskv.Publish(ctx, &d.book, js, &natskv.Options{Bucket: deskBucket, ID: "desk", Replicas: r.replicas}))
	})
	if err := d.ready(ctx); err != nil {
		return err
	}
	return r.obey(ctx, answer{Record: len(d.like)}, acts{"feed": d.feed, "pairs": d.pairs, "puts": d.puts, "rest": d.rest})
}

// open makes the Book.
func (d *desk) open() error {
	keep, err := d.book.Keep("desk")
	if err != nil {
		return err
	}
	var ms []ticker.Market
	var ls []ticker.Listed
	for i := range d.role.markets {
		m := ticker.Market(fmt.Sprintf("C%04d-USD", i))
		ms, ls = append(ms, m), append(ls, ticker.Listed{Market: m, Trading: true})
		d.us = append(d.us, ticker.Update{Ticker: ticker.Ticker{Market: m}, Groups: ticker.AllGroups})
	}
	keep.List(ls, time.Now())
	every := ticker.Told{Kind: ticker.EveryChange}
	d.link = d.book.Link(ms, ticker.Feed{Trade: every, Quote: every, Stats: every})
	d.all()
	return nil
}

// all tells every market once.
func (d *desk) all() {
	us := make([]ticker.Update, len(d.us))
	for i := range us {
		us[i] = d.change(i, time.Now())
	}
	d.link.Stream(us, time.Now())
}

// change makes the next update of a market, in all three groups, with numbers as
// long as those of exchanges are.
func (d *desk) change(i int, now time.Time) ticker.Update {
	d.n++
	u, n := &d.us[i], int64(d.n%1e6)
	told := ticker.Stamp{Time: now, Key: 7_000_000_000 + d.n}
	u.Trade = ticker.Trade{Price: number(6_512_345+n, 2), Size: number(12_345_678+n, 8), Stamp: told}
	u.Quote = ticker.Quote{Bid: number(6_512_344+n, 2), Ask: number(6_512_346+n, 2), BidSize: number(51_234_567+n, 8), AskSize: number(112_345_678+n, 8), Stamp: told}
	u.Stats = ticker.Stats{Open: number(6_412_345, 2), High: number(6_612_345+n, 2), Low: number(6_312_345, 2), Volume: number(812_345_678_901+n, 8), Stamp: told}
	return *u
}

func number(coef int64, scale int) decimal.Decimal {
	d, err := decimal.New(coef, scale)
	if err != nil {
		panic(err) // the scales are above
	}
	return d
}

// ready waits until the bucket holds the Book, and makes the one for bare writes.
func (d *desk) ready(ctx context.Context) error {
	err := until(ctx, "nobody publishes", func() bool {
		kv, err := d.js.KeyValue(ctx, deskBucket)
		if err != nil {
			return false
		}
		status, err := kv.Get(ctx, "status")
		if err != nil || !bytes.Contains(status.Value(), []byte(`"phase":"live"`)) {
			return false
		}
		e, err := kv.Get(ctx, "m."+string(d.us[0].Market))
		if err == nil {
			d.like = e.Value()
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	_, err = d.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bareBucket, Replicas: d.role.replicas})
	if err != nil {
		return fmt.Errorf("a bucket for bare writes: %w", err)
	}
	return nil
}

// rest tells every market once more, and what the Book holds then.
func (d *desk) rest(context.Context, order) (answer, error) {
	d.all()
	return standing(&d.book), nil
}

// standing tells how a Book stands, with a digest of its values.
func standing(b *ticker.Book) answer {
	st, h := b.Status(), sha256.New()
	for t := range b.All() {
		fmt.Fprintln(h, t.Market, t.Trade.Price, t.Trade.Size, t.Trade.Time.UnixNano(), t.Quote.Bid, t.Quote.BidSize, t.Quote.Ask, t.Quote.AskSize,
			t.Quote.Time.UnixNano(), t.Stats.Open, t.Stats.High, t.Stats.Low, t.Stats.Volume, t.Stats.Time.UnixNano(), t.Trade.Kind, t.Quote.Kind, t.Stats.Kind)
	}
	return answer{State: st.State.String(), Known: st.Known, Digest: hex.EncodeToString(h.Sum(nil))}
}

// stampOf is the moment that a bare message begins with.
func stampOf(p []byte) time.Time {
	if len(p) < 8 {
		return time.Time{}
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(p))) //nolint:gosec // it was an int64
}

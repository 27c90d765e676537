package exchangetest

import (
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/time/rate"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/replay"
	"github.com/tickersync/tickersync/ticker"
)

const (
	looking = 100 * time.Millisecond // how often a player looks for mismatches
	after   = 2 * time.Second        // for how long, when the recording is over
)

// player plays one recording on a Book, in one goroutine.
type player struct {
	out    Replayed
	book   ticker.Book
	keeper *ticker.Keeper
	src    exchange.Source
	reader exchange.Replayer
	ends   time.Time     // when the recording was kept
	ahead  time.Duration // how far the recording's clock is ahead
	links  map[int]*flown
	order  []*flown                      // links, as they came
	parse  map[string]exchange.ParseFunc // by connection
	calls  map[int]*call
	ms     map[ticker.Market]exchange.Listing
}

func newPlayer(head *replay.Record) *player {
	p := &player{
		ends: head.TS.Time, links: make(map[int]*flown), parse: make(map[string]exchange.ParseFunc),
		calls: make(map[int]*call), ms: make(map[ticker.Market]exchange.Listing),
	}
	p.out.Recorded = exchange.Failure{Kind: exchange.FailureKind(head.Kind), At: head.TS.Time}
	if head.Error != "" {
		p.out.Recorded.Err = errors.New(head.Error)
	}
	return p
}

func (p *player) play(all []*replay.Record, source func(exchange.Options) exchange.Source) (err error) {
	p.src = source(exchange.Options{
		HTTPClient: p.client(), Budget: exchange.NewBudget(rate.Inf, math.MaxInt32), RESTURL: recordedURL, PingEvery: -1,
	})
	if c, ok := p.src.(exchange.IdleCloser); ok {
		defer c.CloseIdleConnections()
	}
	var ok bool
	if p.reader, ok = p.src.(exchange.Replayer); !ok {
		return fmt.Errorf("the adapter of %s is no exchange.Replayer", p.src.Name())
	}
	if p.keeper, err = p.book.Keep(p.src.Name()); err != nil {
		return err
	}
	p.keeper.Audit(time.Hour, false)
	for i, rec := range all {
		p.note(rec)
		at := rec.TS
		if rec.T == replay.REST {
			at = rec.Asked
		}
		if ahead := time.Until(at.Time); i == 0 || ahead < p.ahead {
			p.ahead = ahead
		}
	}
	for _, rec := range all {
		p.until(rec.TS.Time)
		p.record(rec)
	}
	p.until(p.ends.Add(after))
	p.out.Tickers, p.out.Status = p.book.AppendAll(nil), p.book.Status()
	for i := range p.out.Tickers {
		t := &p.out.Tickers[i]
		for _, st := range []*ticker.Stamp{&t.Trade.Stamp, &t.Quote.Stamp, &t.Stats.Stamp} {
			if st.Source != ticker.NoSource {
				st.Received, st.AsOf = st.Received.Add(p.ahead), st.AsOf.Add(p.ahead)
			}
		}
	}
	p.keeper.End(nil)
	return nil
}

// moment is a time of the recording by the clock of the replay.
func (p *player) moment(t time.Time) time.Time {
	now := time.Now()
	return now.Add(t.Add(-p.ahead).Sub(now))
}

// until waits until a moment of the recording.
func (p *player) until(t time.Time) {
	for {
		for _, m := range p.keeper.Mismatches(nil) {
			p.failed(exchange.WrongTicker, m)
		}
		wait := time.Until(p.moment(t))
		if wait <= 0 {
			return
		}
		wait = min(wait, looking)
		for _, f := range p.order {
			if f.link != nil && !f.passes.IsZero() {
				wait = min(wait, time.Until(f.passes))
			}
		}
		time.Sleep(wait)
		for _, f := range p.order {
			if !f.passes.IsZero() && !time.Now().Before(f.passes) {
				f.pass()
			}
		}
	}
}

func (p *player) failed(kind exchange.FailureKind, err error) {
	p.out.Failures = append(p.out.Failures, exchange.Failure{Kind: kind, Err: err, At: time.Now().Add(p.ahead)})
}

// note learns what the whole recording tells of markets and calls.
func (p *player) note(rec *replay.Record) {
	if rec.T == replay.REST {
		c := p.call(rec)
		c.answers = append(c.answers, rec)
	}
	for _, l := range rec.Markets {
		p.ms[ticker.Market(l.Market)] = listing(l)
	}
	if f := p.flown(rec); rec.T == replay.Connect || rec.T == replay.Carry {
		f.know(rec.Markets)
	}
}

func listing(l replay.Listing) exchange.Listing {
	return exchange.Listing{Market: ticker.Market(l.Market), Symbol: l.Symbol, RESTSymbol: l.REST, Trading: true}
}

// record plays one record.
func (p *player) record(rec *replay.Record) {
	f := p.flown(rec)
	switch rec.T {
	case replay.Connect:
		p.parse[rec.Conn] = p.reader.Replay(f.ms)
	case replay.Recv:
		if parse := p.parse[rec.Conn]; parse != nil {
			us, proves, err := parse(rec.Data(), nil)
			f.before = append(f.before, frame{us, proves, err, time.Now()})
			p.tell(f)
		}
	case replay.Open:
		ms := rec.Markets
		if ms == nil {
			for _, l := range f.ms {
				ms = append(ms, replay.Listing{Market: string(l.Market)})
			}
		}
		f.link = p.book.Link(markets(ms), p.src.Feed().Feed)
		f.pass()
		p.tell(f)
	case replay.Carry:
		if f.link != nil {
			f.link.Carry(markets(rec.Markets))
		}
	case replay.Close:
		if rec.Error == "" {
			p.end(f, nil)
		} else {
			p.end(f, errors.New(rec.Error))
		}
	case replay.REST:
		p.answered(rec)
	}
}

func markets(ls []replay.Listing) (ms []ticker.Market) {
	for _, l := range ls {
		ms = append(ms, ticker.Market(l.Market))
	}
	return ms
}

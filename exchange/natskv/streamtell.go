package natskv

import (
	"fmt"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// replica is what one watch has told of a bucket, and what of it has been told on.
//
// A publisher's tenure counts from the heartbeat that says live and by which its clock
// is known: only then is every key its own. Before any,
// on joining, what stands in the bucket is told with no AsOf, for nobody knows how
// old it is. While a tenure lasts, what a later one writes is held until that is
// live, and then told at once; what an earlier one writes is dropped.
type replica struct {
	markets map[ticker.Market]*held
	tenure  uint64 // the epoch of the publisher that is told; 0: none has been heard
	bucket  int64  // when the bucket was made
	clock   timeline
	next    timeline // of the publisher of a later epoch
	nextOf  uint64   // that
	early   *beat    // its last heartbeat; nil: its clock is known, or it is not live
	waits   *beat    // a heartbeat that is heeded when so many keys more have come
	behind  uint64
	lines   lines
	order   *order
	late    map[ticker.Market]ticker.Groups // those behind what an earlier publisher told, that the word of a link may help
	status  ticker.OriginStatus             // as told
	beats   uint64                          // of a tenure that is live
	begun   bool                            // the markets that the engine knew are carried
}

func newReplica(o *order) *replica {
	return &replica{markets: make(map[ticker.Market]*held), late: make(map[ticker.Market]ticker.Groups), order: o}
}

// record appends what a key says of its market. One that the stream does not carry is
// an exchange.ErrUnknownMarket, once, so that the engine reads the list again.
func (r *replica) record(dst []ticker.Update, m ticker.Market, value []byte, revision uint64, now time.Time) ([]ticker.Update, error) {
	rec, err := parseRecord(value)
	if err != nil {
		return dst, err
	}
	e := r.market(m)
	if rec.epoch < r.tenure || rec.epoch < e.epoch || revision <= e.revision {
		return dst, nil
	}
	fresh := present(&rec)
	if e.told && rec.epoch == e.epoch && !e.removed {
		old := e.record()
		fresh = changed(&old, &rec)
	}
	e.value, e.revision, e.epoch, e.removed, e.told = value, revision, rec.epoch, rec.removed, false
	switch {
	case !e.carried:
		return dst, r.hint(m, e)
	case r.tenure != 0 && rec.epoch != r.tenure:
		return dst, nil // its publisher is not live yet
	}
	return r.tell(dst, m, e, &rec, fresh, now), nil
}

// expect makes room for as many markets, before the first.
func (r *replica) expect(n int) { r.markets = make(map[ticker.Market]*held, min(n, 1<<16)) }

// hint returns the error that has the engine read the list again; nil: it knows.
func (r *replica) hint(m ticker.Market, e *held) error {
	if !r.begun || e.hinted || e.carried || e.removed || e.value == nil {
		return nil
	}
	e.hinted = true
	return fmt.Errorf("%w: %s is new in the bucket", exchange.ErrUnknownMarket, m)
}

// market returns a market's place, and makes it where there is none.
func (r *replica) market(m ticker.Market) *held {
	e := r.markets[m]
	if e == nil {
		e = &held{}
		r.markets[m] = e
	}
	return e
}

// carry has a market told from now on. It begins with how it stands: see one.
func (r *replica) carry(m ticker.Market) {
	e := r.market(m)
	e.carried, e.gone = true, false
}

// drop ends what carry began, of a market that is gone. One that has come back
// meanwhile is told on: the engine has been told so, and would hear no more of it.
func (r *replica) drop(m ticker.Market) {
	if e := r.markets[m]; e != nil && !e.listed(r.tenure) {
		e.carried, e.hinted, e.told = false, false, false
	}
}

// tell appends what is new of a market.
func (r *replica) tell(dst []ticker.Update, m ticker.Market, e *held, rec *record, fresh ticker.Groups, now time.Time) []ticker.Update {
	if rec.removed {
		return r.remove(dst, m, e)
	}
	e.told, e.gone = true, false
	return append(dst, r.update(m, e.revision, rec, fresh, now))
}

// update is what is told of a market.
func (r *replica) update(m ticker.Market, revision uint64, rec *record, fresh ticker.Groups, now time.Time) ticker.Update {
	u := ticker.Update{Ticker: rec.ticker, Groups: fresh}
	u.Market = m
	o := &ticker.Origin{Follows: rec.follows, Known: rec.known, Halted: rec.halted, Refused: rec.refused}
	if rec.link != 0 {
		o.Link = r.lines.number(rec.epoch, rec.link)
	}
	by := tenure{r.bucket, rec.epoch}
	var reach [groups]time.Time
	for g := range groups {
		st := stamp(&u.Ticker, g)
		if st.Source == ticker.NoSource {
			continue
		}
		st.Key, st.Epoch = revision, by.keys()
		if rec.epoch == r.tenure {
			st.AsOf, st.Received = r.clock.at(rec.clocks[g].asOf), r.clock.at(rec.clocks[g].received)
			reach[g] = r.reach(rec, g, st.AsOf)
		}
	}
	behind := r.order.behind(m, rec, &u.Ticker, reach, by, now)
	if delete(r.late, m); behind&rec.follows != 0 {
		r.late[m] = behind & rec.follows
	}
	u.Groups &^= behind
	o.Follows &^= behind
	u.Origin = o
	return u
}

// reach is up to when a group is known to be the newest: by its record or, if that
// moves it, by the word of its link.
func (r *replica) reach(rec *record, g int, asOf time.Time) time.Time {
	if l := r.lines.known[lineKey{rec.epoch, rec.link}]; l != nil && rec.follows.Has(1<<g) {
		if at := r.clock.at(l.heard).Add(-l.delay[g]); at.After(asOf) {
			return at
		}
	}
	return asOf
}

// remove appends that a market is gone, once.
func (r *replica) remove(dst []ticker.Update, m ticker.Market, e *held) []ticker.Update {
	if e.gone {
		return dst
	}
	e.told, e.gone = true, true
	r.order.forget(m)
	return append(dst, ticker.Update{Ticker: ticker.Ticker{Market: m}, Origin: &ticker.Origin{Removed: true}})
}

// one appends a market as it stands, if it is carried.
func (r *replica) one(dst []ticker.Update, m ticker.Market, now time.Time) []ticker.Update {
	e := r.market(m)
	switch {
	case !e.carried:
		return dst
	case e.epoch < r.tenure: // a live tenure has written all that it lists
		return r.remove(dst, m, e)
	case e.value == nil, r.tenure != 0 && e.epoch > r.tenure:
		return dst
	}
	rec := e.record()
	return r.tell(dst, m, e, &rec, present(&rec), now)
}

package history

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// anything does something at random that an engine may do.
func (e *exchange) anything(r *rand.Rand, ms []ticker.Market) {
	some := func() (us []ticker.Update) {
		for range 1 + r.IntN(3) {
			u := ticker.Update{Groups: ticker.Groups(1 + r.IntN(7))}
			u.Market = ms[r.IntN(len(ms))]
			d := func() decimal.Decimal { return decimal.MustNew(r.Int64N(500), r.IntN(4)) }
			u.Trade.Price, u.Quote.Bid, u.Quote.Ask, u.Stats.Volume = d(), d(), d(), d()
			if r.IntN(2) == 0 {
				u.Trade.Key, u.Quote.Key = r.Uint64N(50), r.Uint64N(50)
				u.Quote.Time = time.Now().Add(-time.Duration(r.IntN(1000)) * time.Millisecond)
			}
			us = append(us, u)
		}
		return us
	}
	switch op := r.IntN(40); {
	case op == 0:
		e.link.Close([]error{nil, errors.New("reset")}[r.IntN(2)])
		e.link = e.Link(ms, feed)
	case op == 1:
		var ls []ticker.Listed
		for _, m := range ms {
			if r.IntN(4) > 0 {
				ls = append(ls, ticker.Listed{Market: m, Trading: r.IntN(6) > 0})
			}
		}
		e.keeper.List(ls, time.Now())
	case op < 5:
		e.link.Answer(some(), time.Now().Add(-time.Duration(r.IntN(500))*time.Millisecond), r.IntN(5) == 0)
	case op < 10:
		e.link.Heard(time.Now())
	default:
		_ = e.link.Stream(some(), time.Now())
	}
}

// Whatever two exchanges do, the newest rows and the lives of the links say what
// the Books say, to the microsecond.
func TestRecorderSaysWhatTheBooksSay(t *testing.T) {
	r := random(t)
	pool := open(t, postgres.Database(t))
	ms := []ticker.Market{"A-B", "C-D", "E-F", "G-H", "I-J"}
	es := []*exchange{newExchange(t, "one", ms...), newExchange(t, "two", ms...)}
	n := record(t, &Recorder{Pool: pool, Dir: t.TempDir()}, &es[0].Book, &es[1].Book)
	for i := range 6000 {
		es[r.IntN(2)].anything(r, ms)
		if i%10 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	require.NoError(t, n.Status().Spool)
	for last := uint64(0); last != n.Status().Changes; time.Sleep(200 * time.Millisecond) { // until it has read all
		last = n.Status().Changes
	}
	_ = n.stop()
	got, err := ReadLatest(t.Context(), pool, "", "")
	require.NoError(t, err)
	i := 0
	for _, e := range es {
		for _, want := range e.AppendAll(nil) {
			require.Less(t, i, len(got), fmt.Sprint(e.Name(), " ", want.Market))
			assert.Equal(t, e.Name(), got[i].Exchange)
			same(t, want, got[i].Ticker)
			i++
		}
	}
	assert.Len(t, got, i)
	for _, table := range tables() {
		assert.Zero(t, one[int](t, pool, `SELECT count(*) FROM (SELECT seq, ts, lag(seq) OVER w AS seq0, lag(ts) OVER w AS ts0
			FROM tickersync.`+table+` WINDOW w AS (PARTITION BY series_id ORDER BY seq)) x WHERE seq <= seq0 OR ts <= ts0`), table)
		assert.Zero(t, one[int](t, pool, `SELECT count(*) FROM tickersync.`+table+`_latest l WHERE seq <> (
			SELECT max(seq) FROM tickersync.`+table+` t WHERE t.series_id = l.series_id)`), table)
	}
}

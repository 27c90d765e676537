package history

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

var feed = ticker.Feed{
	Trade: ticker.Told{Kind: ticker.EveryChange, REST: true},
	Quote: ticker.Told{Kind: ticker.Throttled, Delay: 250 * time.Millisecond, REST: true},
	Stats: ticker.Told{REST: true},
}

// exchange is a Book, and what an engine would do with it.
type exchange struct {
	ticker.Book
	keeper *ticker.Keeper
	link   *ticker.Link
	n      int64 // trades told: the price of the last
}

func newExchange(t *testing.T, name string, ms ...ticker.Market) *exchange {
	t.Helper()
	e := &exchange{}
	var err error
	e.keeper, err = e.Keep(name)
	require.NoError(t, err)
	e.link = e.Link(ms, feed)
	return e
}

// trade tells another trade: prices count up.
func (e *exchange) trade(m ticker.Market) {
	e.n++
	u := ticker.Update{Groups: ticker.TradeGroup}
	u.Market, u.Trade.Price, u.Trade.Size = m, decimal.MustNew(e.n, 2), decimal.MustNew(5, 1)
	_ = e.link.Stream([]ticker.Update{u}, time.Now())
}

// recording is a recorder at work.
type recording struct {
	*Recorder
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

func record(t *testing.T, r *Recorder, books ...*ticker.Book) *recording {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	n := &recording{Recorder: r, cancel: cancel, done: make(chan struct{})}
	r.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	go func() {
		n.err = r.Run(ctx, books...)
		close(n.done)
	}()
	t.Cleanup(func() { _ = n.stop() })
	return n
}

// stop ends the recording, and returns Run's error.
func (n *recording) stop() error {
	n.cancel()
	<-n.done
	return n.err
}

// eventually waits until the database says so.
func eventually(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	require.Eventually(t, func() bool {
		var ok bool
		err := pool.QueryRow(t.Context(), sql, args...).Scan(&ok)
		return err == nil && ok
	}, 15*time.Second, 20*time.Millisecond, sql)
}

func TestRecorderWritesWhatTheBookSays(t *testing.T) {
	pool := open(t, postgres.Database(t))
	e := newExchange(t, "sim", "A-B", "C-D", "E-F")
	e.trade("A-B")
	n := record(t, &Recorder{Pool: pool, Dir: t.TempDir()}, &e.Book)
	eventually(t, pool, "SELECT count(*) = 1 FROM tickersync.trade")
	for range 1000 {
		e.trade("C-D")
	}
	u := ticker.Update{Groups: ticker.QuoteGroup | ticker.StatsGroup}
	u.Market, u.Quote.Bid, u.Quote.Key = "E-F", decimal.MustParse("0.000000012345"), 1<<63+5
	u.Stats.Open, u.Stats.Volume = decimal.MustParse("9999999999999999999"), decimal.MustParse("-12.3400")
	u.Quote.Time = time.Now().Add(-time.Second)
	require.NoError(t, e.link.Stream([]ticker.Update{u}, time.Now()))
	e.link.Answer([]ticker.Update{{Ticker: u.Ticker, Groups: ticker.StatsGroup}}, time.Now(), false)
	eventually(t, pool, "SELECT count(*) = 1001 FROM tickersync.trade")
	eventually(t, pool, "SELECT count(*) = 3 FROM tickersync.latest")
	time.Sleep(1100 * time.Millisecond) // subject: lives once a second
	e.link.Heard(time.Now())
	require.ErrorIs(t, n.stop(), context.Canceled)
	assert.Zero(t, one[int](t, pool, "SELECT count(*) FROM tickersync.gap"))
	assert.Equal(t, 1001, one[int](t, pool, "SELECT count(DISTINCT price) FROM tickersync.trade"))
	assert.EqualValues(t, 1003, n.Status().Changes-uint64(one[int](t, pool, "SELECT count(*) FROM tickersync.stats"))+1)

	got, err := ReadLatest(t.Context(), pool, "", "")
	require.NoError(t, err)
	require.Len(t, got, 3)
	for i, want := range e.AppendAll(nil) {
		same(t, want, got[i].Ticker)
		assert.Equal(t, "sim", got[i].Exchange)
	}
}

// same holds what was recorded to the Book, whose times are finer.
func same(t *testing.T, want, got ticker.Ticker) {
	t.Helper()
	for g, pair := range [][2]*ticker.Stamp{{&want.Trade.Stamp, &got.Trade.Stamp}, {&want.Quote.Stamp, &got.Quote.Stamp}, {&want.Stats.Stamp, &got.Stats.Stamp}} {
		w, s := pair[0], pair[1]
		what := fmt.Sprint(want.Market, " ", g)
		assert.WithinDuration(t, w.AsOf, s.AsOf, time.Microsecond, what+" as of")
		assert.WithinDuration(t, w.Received, s.Received, time.Millisecond, what+" received")
		assert.WithinDuration(t, w.Time, s.Time, time.Microsecond, what+" time")
		if w.Source == ticker.NoSource {
			w.Kind = s.Kind
		}
		w.AsOf, w.Received, w.Time, s.AsOf, s.Received, s.Time = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
		assert.Equal(t, *w, *s, what)
	}
	assert.Equal(t, numbers(want), numbers(got), want.Market)
}

func numbers(t ticker.Ticker) (s []string) {
	for _, d := range []decimal.Decimal{
		t.Trade.Price, t.Trade.Size, t.Quote.Bid, t.Quote.BidSize, t.Quote.Ask, t.Quote.AskSize,
		t.Stats.Open, t.Stats.High, t.Stats.Low, t.Stats.Volume,
	} {
		s = append(s, d.Trim(0).String())
	}
	return s
}

func TestRecorderNeedsAPlace(t *testing.T) {
	err := (&Recorder{}).Run(t.Context())
	require.ErrorContains(t, err, "history:")
	assert.False(t, errors.Is(err, context.Canceled))
	assert.Zero(t, (&Recorder{}).Status())
}

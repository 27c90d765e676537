package bitstamp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/bitstamp"
	"github.com/tickersync/tickersync/exchange/bitstamp/bitstampsim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// line is what one connection has sent.
type line struct {
	exchange.Conn
	mu     sync.Mutex
	frames []string
	at     []time.Time
}

func (l *line) Write(ctx context.Context, p []byte) error {
	l.mu.Lock()
	l.frames, l.at = append(l.frames, string(p)), append(l.at, time.Now())
	l.mu.Unlock()
	return l.Conn.Write(ctx, p)
}

// channels replays what was asked for: the channels that are open, and the most
// that ever were.
func (l *line) channels(t *testing.T) (open map[string]bool, most int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	open = map[string]bool{}
	tokens, last := 20.0, l.at[0]
	for i, p := range l.frames {
		require.Less(t, len(p), bitstampsim.MaxFrame)
		var m struct {
			Event string
			Data  struct{ Channel string }
		}
		require.NoError(t, json.Unmarshal([]byte(p), &m))
		switch m.Event {
		case "bts:subscribe":
			require.False(t, open[m.Data.Channel], "asked for twice: %s", p)
			open[m.Data.Channel] = true
		case "bts:unsubscribe":
			delete(open, m.Data.Channel)
		default:
			require.JSONEq(t, `{"event":"bts:heartbeat"}`, p)
		}
		most = max(most, len(open))
		tokens = min(tokens+100*l.at[i].Sub(last).Seconds(), 20) - 1
		require.Greater(t, tokens, -1e-6, "frame %d comes too early", i)
		last = l.at[i]
	}
	return open, most
}

// TestThreeThousandMarkets: the shards, the frames to subscribe and their pace
// are as the exchange's caps demand. The dialect ends the connections of who does
// otherwise.
func TestThreeThousandMarkets(t *testing.T) {
	n := 3000
	if testing.Short() {
		n = 1300
	}
	shards := (n + 511) / 512
	var markets []ticker.Market
	for i := range n {
		markets = append(markets, ticker.Market(fmt.Sprintf("A%04d-USD", i)))
	}
	bubble(t, bitstampsim.Dialect{AckAfter: 6300 * time.Millisecond}, simexchange.Config{Markets: markets, Rate: 30}, func(w *world) {
		var mu sync.Mutex
		var lines []*line
		o := w.o
		o.Dial = func(ctx context.Context, url string) (exchange.Conn, error) {
			c, err := w.o.Connect(ctx, url)
			if err != nil {
				return nil, err
			}
			l := &line{Conn: c}
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, l)
			return l, nil
		}
		var book ticker.Book
		ctx, cancel := context.WithTimeout(w.Context(), 10*time.Minute)
		done := make(chan error, 1)
		began := time.Now()
		go func() {
			done <- fullsync.Run(ctx, &book, bitstamp.New(&o), &fullsync.Options{Relist: 20 * time.Second})
		}()
		defer func() {
			cancel()
			assert.ErrorIs(w, <-done, context.Canceled)
		}()
		require.NoError(w, book.WaitSynced(ctx), "%+v", book.Status().LastError)
		time.Sleep(30*time.Second - time.Since(began)) // subscribed within 11 s, acknowledged 6.3 s later
		w.whole(&book, shards)
		asked, full := map[string]bool{}, map[string]bool{}
		var sizes []int
		for _, l := range lines {
			open, _ := l.channels(w.T)
			maps.Copy(asked, open)
			if sizes = append(sizes, len(open)); len(open) == bitstampsim.MaxChannels {
				full = open
			}
		}
		want := append(slices.Repeat([]int{bitstampsim.MaxChannels}, shards-1), 2*(n%512))
		assert.ElementsMatch(w, want, sizes)
		assert.Len(w, asked, 2*n)

		// One goes from a full connection, and more come than the last has room for.
		gone := markets[slices.IndexFunc(markets, func(m ticker.Market) bool { return full["live_trades_"+listing(m).Symbol] })]
		w.sim.Delist(gone)
		more := 512 - n%512 + 28
		for i := range more {
			w.sim.List(ticker.Market(fmt.Sprintf("B%04d-EUR", i)))
		}
		time.Sleep(2 * time.Minute)
		w.whole(&book, shards+1)
		_, known := book.Get(gone)
		assert.False(w, known)
		channels := 0
		for _, l := range lines {
			open, most := l.channels(w.T)
			assert.LessOrEqual(w, most, bitstampsim.MaxChannels)
			assert.False(w, open["order_book_"+listing(gone).Symbol])
			channels += len(open)
		}
		assert.Equal(w, 2*(n-1+more), channels)
	})
}

// whole looks at whether every market is known and fresh, over so many connections
// that have never been cut.
func (w *world) whole(book *ticker.Book, connections int) {
	w.Helper()
	st := book.Status()
	assert.Equal(w, ticker.Live, st.State, "%+v", st.LastError)
	assert.Empty(w, st.Refused)
	assert.Equal(w, connections, w.sim.Counts().Opened)
	assert.Equal(w, connections, w.sim.Counts().Open)
	ms := w.sim.Markets()
	assert.Equal(w, len(ms), st.Known)
	for _, m := range ms {
		_, err := book.Trade(m.Market, 20*time.Second)
		assert.NoError(w, err)
		_, err = book.Quote(m.Market, 20*time.Second)
		assert.NoError(w, err)
	}
}

package coinbase

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// talk is a session at hand.
type talk struct {
	*testing.T
	sub *exchange.Subscription
	s   exchange.Session
	now time.Time
}

func begin(t *testing.T, ids ...string) *talk {
	t.Helper()
	w := &talk{T: t, sub: exchange.NewSubscription(listings(ids...)...), now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	w.s = newSession(w.sub)
	w.s.Subscribe(listings(ids...), nil)
	return w
}

// frames returns what the session sends.
func (w *talk) frames() (out []string) {
	for _, f := range w.sub.Frames() {
		out = append(out, string(f))
	}
	return out
}

func (w *talk) read(frame string) (us []ticker.Update, proves bool, err error) {
	return w.s.Parse([]byte(frame), nil)
}

// ticks tells a trade that was made so long before now.
func (w *talk) ticks(id string, trade int, ago time.Duration) []ticker.Update {
	w.Helper()
	us, _, err := w.read(fmt.Sprintf(`{"type":"ticker","product_id":%q,"price":"5","best_bid":"4","best_ask":"6","trade_id":%d,"time":%q}`,
		id, trade, w.now.Add(-ago).Format(time.RFC3339Nano)))
	require.NoError(w, err)
	return us
}

// beats comes a second after the last.
func (w *talk) beats(id string, trade int) (us []ticker.Update, proves bool, err error) {
	w.now = w.now.Add(time.Second)
	return w.read(fmt.Sprintf(`{"type":"heartbeat","sequence":1,"last_trade_id":%d,"product_id":%q,"time":%q}`, trade, id, w.now.Format(time.RFC3339Nano)))
}

// TestOneFormOfSubscription: a frame that mixes the two is refused since 2023, and
// heartbeats of no product ever were.
func TestOneFormOfSubscription(t *testing.T) {
	w := begin(t, "ABC-USD", "XYZ-BTC")
	assert.Equal(t, []string{`{"type":"subscribe","product_ids":["ABC-USD","XYZ-BTC"],"channels":["ticker","heartbeat"]}`}, w.frames())
	w.s.Subscribe(listings("NEW-USD"), listings("ABC-USD"))
	assert.Equal(t, []string{
		`{"type":"unsubscribe","product_ids":["ABC-USD"],"channels":["ticker","heartbeat"]}`,
		`{"type":"subscribe","product_ids":["NEW-USD"],"channels":["ticker","heartbeat"]}`,
	}, w.frames())
	w.ticks("ABC-USD", 1, 0) // was on its way, and is no unknown product
	var many []string
	for i := range 250 {
		many = append(many, fmt.Sprintf("A%d-USD", i))
	}
	w = begin(t, many...)
	assert.Len(t, w.frames(), 3)
}

// TestOldTicker: an update says how old its quote was, by the exchange's clock.
func TestOldTicker(t *testing.T) {
	w := begin(t, "ABC-USD", "XYZ-BTC")
	_, proves, err := w.beats("ABC-USD", 0)
	require.NoError(t, err)
	assert.True(t, proves)
	us := w.ticks("XYZ-BTC", 7, 107*time.Second)
	require.Len(t, us, 1)
	assert.Equal(t, 107*time.Second, us[0].Age)
	us = w.ticks("XYZ-BTC", 8, -300*time.Millisecond) // since the heartbeat
	assert.Zero(t, us[0].Age)
}

// TestBatchedTickers: of a cascade only the last trade is told. Trade ids that skip
// are no loss.
func TestBatchedTickers(t *testing.T) {
	w := begin(t, "ABC-USD")
	for _, id := range []int{1, 5, 6, 90} {
		assert.Len(t, w.ticks("ABC-USD", id, 0), 1)
		_, proves, err := w.beats("ABC-USD", id)
		require.NoError(t, err)
		assert.True(t, proves)
	}
	assert.Len(t, w.frames(), 1)
}

// TestHeartbeatLastTradeIDZero: as all were in 2019 and 2020.
func TestHeartbeatLastTradeIDZero(t *testing.T) {
	w := begin(t, "ABC-USD")
	w.ticks("ABC-USD", 5, 0)
	for range 10 {
		_, proves, err := w.beats("ABC-USD", 0)
		require.NoError(t, err)
		assert.True(t, proves)
	}
	assert.Len(t, w.frames(), 1)
}

// TestHeartbeatOvertakesTicker: one alone reveals nothing, and proves nothing.
func TestHeartbeatOvertakesTicker(t *testing.T) {
	w := begin(t, "ABC-USD")
	w.ticks("ABC-USD", 5, 0)
	for id := 6; id < 20; id++ {
		_, proves, err := w.beats("ABC-USD", id)
		require.NoError(t, err)
		assert.False(t, proves)
		w.ticks("ABC-USD", id, 0)
	}
	assert.Len(t, w.frames(), 1)
}

const again = `{"type":"unsubscribe","product_ids":["ABC-USD"],"channels":["ticker"]}` + "\n" +
	`{"type":"subscribe","product_ids":["ABC-USD"],"channels":["ticker"]}`

// TestMissedTicker: the second heartbeat that names it has the product's tickers
// subscribed to anew, and says so.
func TestMissedTicker(t *testing.T) {
	w := begin(t, "ABC-USD", "XYZ-BTC")
	w.ticks("ABC-USD", 5, 0)
	w.frames()
	_, _, err := w.beats("ABC-USD", 6)
	require.NoError(t, err)
	_, proves, err := w.beats("ABC-USD", 7)
	assert.False(t, proves)
	var bad *exchange.FrameError
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, ticker.Market("ABC-USD"), bad.Market)
	require.ErrorContains(t, err, "a ticker was missed: trade 6 is named, the last told is 5")
	fs := w.frames()
	require.Len(t, fs, 2)
	assert.Equal(t, again, fs[0]+"\n"+fs[1])
	w.ticks("ABC-USD", 7, 0)
	_, proves, err = w.beats("ABC-USD", 7)
	require.NoError(t, err)
	assert.True(t, proves)
}

// TestHeartbeatCountsWhatTickersDoNot: it is believed three times.
func TestHeartbeatCountsWhatTickersDoNot(t *testing.T) {
	w := begin(t, "ABC-USD")
	w.ticks("ABC-USD", 5, 0)
	w.frames()
	errs := 0
	for range 100 {
		if _, _, err := w.beats("ABC-USD", 6); err != nil {
			errs++
		}
		w.ticks("ABC-USD", 5, 0)
	}
	assert.Equal(t, 3, errs)
	assert.Len(t, w.frames(), 6)
	_, proves, _ := w.beats("ABC-USD", 6)
	assert.True(t, proves, "or the connection would be taken for dead")
	w.ticks("ABC-USD", 7, 0)
	_, _, _ = w.beats("ABC-USD", 7)
	_, _, _ = w.beats("ABC-USD", 8)
	_, _, err := w.beats("ABC-USD", 8)
	require.Error(t, err, "a ticker has reached them: believed again")
}

// TestManyMissedTickers: one product a second is asked for anew.
func TestManyMissedTickers(t *testing.T) {
	var ids []string
	for i := range 50 {
		ids = append(ids, fmt.Sprintf("A%d-USD", i))
	}
	w := begin(t, ids...)
	w.frames()
	n := 0
	for range 20 {
		for _, id := range ids {
			_, _, err := w.read(fmt.Sprintf(`{"type":"heartbeat","last_trade_id":6,"product_id":%q,"time":%q}`, id, w.now.Format(time.RFC3339Nano)))
			if err != nil {
				n++
			}
		}
		w.now = w.now.Add(time.Second)
	}
	assert.InDelta(t, 19, n, 1)
}

// TestErrorsThatNameNoProduct: one before anything is acknowledged ends the
// connection, later ones cost themselves.
func TestErrorsThatNameNoProduct(t *testing.T) {
	for _, frame := range []string{
		`{"type":"error","message":"Failed to subscribe"}`,
		`{"type":"error","message":"Failed to subscribe","reason":" is not a valid product"}`,
		`{"type":"error","message":"Failed to subscribe","reason":"No channels provided"}`,
		`{"type":"error","message":"ErrSlowConsume"}`,
	} {
		w := begin(t, "ABC-USD", "XYZ-BTC")
		_, _, err := w.read(frame)
		var bad *exchange.FrameError
		require.Error(t, err)
		require.NotErrorAs(t, err, &bad)
		_, _, err = w.read(string(fixture(t, "subscriptions.json")))
		require.NoError(t, err)
		_, _, err = w.read(frame)
		require.ErrorAs(t, err, &bad)
	}
}

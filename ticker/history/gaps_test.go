package history

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

func TestRecorderTellsGaps(t *testing.T) {
	pool := open(t, postgres.Database(t))
	e := newExchange(t, "sim", "A-B", "C-D")
	n := record(t, &Recorder{Pool: pool, Dir: t.TempDir(), Depth: 10}, &e.Book)
	e.trade("A-B")
	eventually(t, pool, "SELECT count(*) = 1 FROM tickersync.trade")

	var us []ticker.Update // in one frame: more than the ring holds
	for i := range 30 {
		us = append(us, ticker.Update{Groups: ticker.TradeGroup})
		us[i].Market = "A-B"
	}
	require.NoError(t, e.link.Stream(us, time.Now()))
	eventually(t, pool, "SELECT count(*) = 1 FROM tickersync.gap WHERE reason = 'behind' AND skipped = 20 AND until > since AND exchange = 'sim'")
	eventually(t, pool, "SELECT count(*) = 12 FROM tickersync.trade")

	eventually(t, pool, "SELECT count(*) = 1 FROM tickersync.link WHERE heard IS NOT NULL")
	heard := time.Now()
	e.link.Heard(heard)
	time.Sleep(20 * time.Millisecond) // subject: since when a lost link was not heard
	e.link.Close(errors.New("reset"))
	eventually(t, pool, `SELECT count(*) = 1 FROM tickersync.gap JOIN tickersync.link USING (link_id)
		WHERE reason = 'down' AND until IS NULL AND note = 'reset' AND why = 'reset' AND closed > since`)
	e.link = e.Link([]ticker.Market{"A-B", "C-D"}, feed)
	eventually(t, pool, "SELECT count(*) = 1 FROM tickersync.gap WHERE reason = 'down' AND until > since")

	e.keeper.End(errors.New("retired"))
	eventually(t, pool, "SELECT count(*) = 1 FROM tickersync.gap WHERE reason = 'stopped' AND exchange = 'sim' AND until IS NULL AND note = 'retired'")
	var err error
	e.keeper, err = e.Keep("sim")
	require.NoError(t, err)
	e.link = e.Link([]ticker.Market{"A-B", "C-D"}, feed)
	e.trade("A-B")
	eventually(t, pool, "SELECT count(*) = 1 FROM tickersync.gap WHERE reason = 'stopped' AND until > since")
	eventually(t, pool, "SELECT max(price) * 100 = $1 FROM tickersync.trade_latest", e.n)

	now := time.Now()
	e.keeper.List(nil, now)
	e.keeper.List(nil, now)
	_, ok := e.Get("A-B")
	require.False(t, ok)
	eventually(t, pool, "SELECT count(*) = 0 FROM tickersync.latest")
	assert.Equal(t, 1, one[int](t, pool, "SELECT count(*) FROM tickersync.trade_latest WHERE source = 0 AND price IS NULL"))
	_ = n.stop()
	gaps, err := Gaps(t.Context(), pool, Span{heard.Add(-time.Hour), time.Now()})
	require.NoError(t, err)
	assert.Len(t, gaps, 3)
}

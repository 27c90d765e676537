package simexchange_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// all makes the notebook's exchange report every group.
func all(tr *simexchange.Traits) {
	told := ticker.Told{Kind: ticker.EveryChange, REST: true}
	tr.Feed = ticker.Feed{Trade: told, Quote: told, Stats: told}
}

// TestSeed: the same seed, the same exchange; another, another.
func TestSeed(t *testing.T) {
	run := func(seed uint64) (out [][]simexchange.Moment) {
		cfg := simexchange.Config{Seed: seed, Rate: 20, Busy: 10, Skew: 1, Batch: 3}
		bubble(t, cfg, all, func(t *testing.T, server *simexchange.Server) {
			connect(t, server)
			time.Sleep(time.Minute)
			for _, m := range server.Markets() {
				out = append(out, server.History(m.Market, ticker.TradeGroup), server.History(m.Market, ticker.QuoteGroup))
			}
		})
		return out
	}
	a, b, c := run(1), run(1), run(2)
	assert.Equal(t, a, b)
	assert.NotEqual(t, a, c)
}

// TestTruth: versions rise one by one, and the past stays readable.
func TestTruth(t *testing.T) {
	cfg := simexchange.Config{Seed: 3, Rate: 50, Distinct: true, ClockSkew: time.Hour}
	bubble(t, cfg, all, func(t *testing.T, server *simexchange.Server) {
		start := time.Now()
		time.Sleep(time.Minute)
		for _, m := range server.Markets() {
			for _, g := range []ticker.Groups{ticker.TradeGroup, ticker.QuoteGroup, ticker.StatsGroup} {
				h := server.History(m.Market, g)
				require.Greater(t, len(h), 5)
				assert.Equal(t, h[len(h)-1].Version, server.VersionAt(m.Market, g, time.Now()))
				assert.Equal(t, uint64(1), server.VersionAt(m.Market, g, start.Add(-time.Hour)))
				for i, v := range h {
					require.Equal(t, uint64(i+1), v.Version)
					held, ok := server.TruthAt(m.Market, v.Time)
					require.True(t, ok)
					if i > 0 {
						require.Greater(t, v.Key, h[i-1].Key)
						require.False(t, v.Time.Before(h[i-1].Time))
						require.Equal(t, v.Version-1, server.VersionAt(m.Market, g, v.Time.Add(-1)))
					}
					if g != ticker.StatsGroup {
						require.Equal(t, []uint64{v.Version}, server.Versions(held, g), "prices are distinct")
					}
				}
				truth, _ := server.Truth(m.Market)
				if g == ticker.TradeGroup {
					last := h[len(h)-1]
					assert.Equal(t, last.Key, truth.Trade.Key)
					assert.Equal(t, last.Time.Add(time.Hour), truth.Trade.Time)
				}
			}
		}
		assert.Zero(t, server.VersionAt("NO-NO", ticker.TradeGroup, start))
		assert.Nil(t, server.History("NO-NO", ticker.TradeGroup))
		_, ok := server.Truth("NO-NO")
		assert.False(t, ok)
	})
}

// TestFind: prices repeat, and a client may hold less than the truth.
func TestFind(t *testing.T) {
	bubble(t, simexchange.Config{}, nil, func(t *testing.T, server *simexchange.Server) {
		for _, p := range []string{"10", "20", "10.0"} {
			server.Trade("BTC-LTC", p)
		}
		held, _ := server.Truth("BTC-LTC")
		assert.Equal(t, []uint64{2, 4}, server.Versions(held, ticker.TradeGroup))
		held.Trade.Size = ticker.Trade{}.Size
		v, ok := server.Find(held, ticker.TradeGroup, 3)
		assert.True(t, ok)
		assert.Equal(t, uint64(4), v)
		_, ok = server.Find(held, ticker.TradeGroup, 5)
		assert.False(t, ok)
		assert.Empty(t, server.Versions(ticker.Ticker{Market: "BTC-LTC"}, ticker.TradeGroup), "nothing held fits nothing")
		held.Market = "NO-NO"
		assert.Empty(t, server.Versions(held, ticker.TradeGroup))
	})
}

// TestBusy: so many markets change, so often, and others never.
func TestBusy(t *testing.T) {
	cfg := simexchange.Config{Seed: 9, Rate: 5, Busy: 22, Volumes: true}
	bubble(t, cfg, nil, func(t *testing.T, server *simexchange.Server) {
		time.Sleep(10 * time.Minute)
		busy, changes := 0, 0
		var silent, loud float64
		for _, m := range server.Markets() {
			v, _ := m.Volume.Float64()
			switch n := len(server.History(m.Market, ticker.TradeGroup)) - 1; n {
			case 0:
				silent = max(silent, v)
			default:
				busy++
				changes += n
				loud += v / 22
			}
		}
		assert.Equal(t, 22, busy)
		assert.InDelta(t, 3000, changes, 300)
		assert.Greater(t, loud, 10*silent)
		server.SetRate(0)
		before := server.History("BTC-LTC", ticker.TradeGroup)
		time.Sleep(time.Hour)
		assert.Equal(t, before, server.History("BTC-LTC", ticker.TradeGroup))
		server.SetRate(100)
		time.Sleep(time.Minute)
		n := 0
		for _, m := range server.Markets() {
			n += len(server.History(m.Market, ticker.TradeGroup)) - 1
		}
		assert.InDelta(t, changes+6000, n, 400)
	})
}

// TestMarkets: what is listed when, and what trades.
func TestMarkets(t *testing.T) {
	cfg := simexchange.Config{Rate: 100, Markets: []ticker.Market{"A-X", "B-X", "C-X"}}
	bubble(t, cfg, nil, func(t *testing.T, server *simexchange.Server) {
		changes := func(m ticker.Market) int { return len(server.History(m, ticker.TradeGroup)) }
		start := time.Now()
		time.Sleep(time.Minute)
		server.Delist("A-X")
		server.Halt("B-X")
		a, b := changes("A-X"), changes("B-X")
		server.List("D-X")
		time.Sleep(time.Minute)
		assert.Equal(t, a, changes("A-X"))
		assert.Equal(t, b, changes("B-X"))
		assert.Greater(t, changes("D-X"), 100)
		assert.Equal(t, []simexchange.Market{
			{Market: "B-X"}, {Market: "C-X", Trading: true}, {Market: "D-X", Trading: true},
		}, server.Markets())
		_, ok := server.Truth("A-X")
		assert.False(t, ok)
		m, ok := server.ListedAt("A-X", start)
		assert.True(t, ok)
		assert.Equal(t, simexchange.Market{Market: "A-X", Trading: true}, m)
		_, ok = server.ListedAt("D-X", start)
		assert.False(t, ok)
		server.List("A-X")
		server.Resume("B-X")
		time.Sleep(time.Minute)
		assert.Greater(t, changes("A-X"), a)
		assert.Greater(t, changes("B-X"), b)
		assert.Panics(t, func() { server.Halt("NO-NO") })
		assert.Panics(t, func() { server.Tick("NO-NO") })
	})
}

func TestRestartKeys(t *testing.T) {
	cfg := simexchange.Config{Markets: []ticker.Market{"A-X", "B-X"}}
	bubble(t, cfg, nil, func(t *testing.T, server *simexchange.Server) {
		stamp := func(m ticker.Market) ticker.Stamp { u, _ := server.Truth(m); return u.Trade.Stamp }
		before, other := stamp("A-X"), stamp("B-X")
		server.RestartKeys(false, "A-X")
		server.Tick("A-X", "B-X")
		assert.Less(t, stamp("A-X").Key, before.Key)
		assert.Equal(t, before.Epoch, stamp("A-X").Epoch)
		assert.Greater(t, stamp("B-X").Key, other.Key)
		server.RestartKeys(true)
		server.Tick("A-X", "B-X")
		assert.Less(t, stamp("B-X").Key, other.Key)
		assert.Equal(t, before.Epoch+1, stamp("B-X").Epoch)
	})
}

// TestTick: a change by hand is one message, and goes on from what was set.
func TestTick(t *testing.T) {
	bubble(t, simexchange.Config{}, all, func(t *testing.T, server *simexchange.Server) {
		s := listen(t, server)
		server.Tick("BTC-LTC", "BTC-ETH")
		got, err := s.prices()
		require.NoError(t, err)
		assert.LessOrEqual(t, len(got), 2)
		before := server.Counts().Frames
		for range 20 {
			server.Tick()
		}
		got, err = s.prices()
		require.NoError(t, err)
		assert.NotEmpty(t, got)
		assert.LessOrEqual(t, server.Counts().Frames-before, 20)
		server.Quote("BTC-LTC", "7", "8")
		u, _ := server.Truth("BTC-LTC")
		assert.Equal(t, "7", u.Quote.Bid.String())
		assert.Equal(t, "8", u.Quote.Ask.String())
	})
}

// What is forgotten is no longer known; all else is as it was.
func TestForget(t *testing.T) {
	bubble(t, simexchange.Config{Seed: 1, Rate: 5}, nil, func(t *testing.T, server *simexchange.Server) {
		m := server.Markets()[0].Market
		resp, err := server.Client().Get(server.RESTURL() + "/")
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		time.Sleep(time.Minute)
		server.SetRate(0)
		at := time.Now()
		was, _ := server.Truth(m)
		version := server.VersionAt(m, ticker.TradeGroup, at)
		require.Greater(t, version, uint64(1))
		server.Forget(at)
		assert.Len(t, server.History(m, ticker.TradeGroup), 1)
		assert.Empty(t, server.Requests())
		assert.Equal(t, 1, server.Counts().Requests)
		now, listed := server.Truth(m)
		assert.True(t, listed)
		assert.Equal(t, was, now)
		assert.Equal(t, version, server.VersionAt(m, ticker.TradeGroup, at))
		v, ok := server.Find(now, ticker.TradeGroup, version)
		assert.True(t, ok)
		assert.Equal(t, version, v)
		server.Trade(m, "5")
		assert.Equal(t, version+1, server.VersionAt(m, ticker.TradeGroup, time.Now()))
		_, ok = server.Find(now, ticker.TradeGroup, version+1)
		assert.False(t, ok)
		assert.Equal(t, []uint64{version}, server.Versions(now, ticker.TradeGroup))
	})
}

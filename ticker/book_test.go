package ticker

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func trade(m Market, price string) Update {
	u := Update{Groups: TradeGroup}
	u.Market = m
	u.Trade.Price = decimal.MustParse(price)
	return u
}

var tradesOnly = Feed{Trade: Told{Kind: EveryChange, REST: true}}

func TestBookFillsAndAges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Book
		k, err := b.Keep("sim")
		require.NoError(t, err)
		k.List([]Listed{{"A-B", true}, {"C-D", true}, {"E-F", false}}, time.Now())
		_, err = b.Trade("A-B", time.Hour)
		require.ErrorIs(t, err, ErrUnknown)
		l := b.Link([]Market{"A-B", "C-D"}, tradesOnly)
		require.NoError(t, l.Stream([]Update{trade("A-B", "1")}, time.Now()))
		require.Equal(t, Syncing, b.Status().State)
		time.Sleep(time.Second)
		asked := time.Now()
		time.Sleep(time.Second)
		l.Answer([]Update{trade("A-B", "2"), trade("C-D", "3"), trade("E-F", "4")}, asked, true)
		require.NoError(t, b.WaitSynced(t.Context()))
		st := b.Status()
		assert.Equal(t, Live, st.State)
		assert.Equal(t, 2, st.Known)
		assert.Equal(t, map[Market]string{"E-F": "not trading"}, st.Refused)
		tr, err := b.Trade("C-D", time.Second)
		require.NoError(t, err)
		assert.Equal(t, time.Second, tr.Age())
		assert.Equal(t, "3", tr.Price.String())
		_, err = b.Trade("A-B", time.Second)
		var stale *StaleError
		require.ErrorAs(t, err, &stale)
		require.ErrorIs(t, err, ErrSilent)
		l.Heard(time.Now())
		tr, err = b.Trade("A-B", time.Second)
		require.NoError(t, err)
		assert.Equal(t, "1", tr.Price.String())
		k.End(nil)
	})
}

func TestSplit(t *testing.T) {
	for m, want := range map[Market][2]string{
		"BTC-EUR": {"BTC", "EUR"}, "A-PERP-USD": {"A-PERP", "USD"}, "BTC": {"BTC", ""}, "": {"", ""},
	} {
		base, quote := m.Split()
		assert.Equal(t, want, [2]string{base, quote})
	}
}

func TestAllIsOrderedAndCanBeLeft(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		l := w.link(tradesOnly, "C-D", "A-B", "E-F")
		tell(l, trade("C-D", "1"), trade("A-B", "1"))
		var ms []Market
		for t := range w.All() {
			ms = append(ms, t.Market)
			tell(l, trade("E-F", "1")) // of one instant: this is not in it, and nothing is locked
		}
		assert.Equal(w, []Market{"A-B", "C-D"}, ms)
		for range w.All() {
			break
		}
		assert.Len(w, w.AppendAll(make([]Ticker, 2)), 5)
	})
}

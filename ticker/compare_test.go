package ticker

import (
	"errors"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
)

// Differs names what the stream should have told, and nothing that a cache, a
// price not reported or a group that is not followed explains.
func TestDiffers(t *testing.T) {
	all := Feed{
		Trade: Told{Kind: EveryChange, REST: true},
		Quote: Told{Kind: Throttled, Delay: time.Second, REST: true},
		Stats: Told{Kind: EveryChange, REST: true},
	}
	sized := func(price, size string) Update {
		u := trade("A-B", price)
		u.Trade.Size = decimal.MustParse(size)
		return u
	}
	stats := Update{Ticker: Ticker{Market: "A-B", Stats: Stats{Open: decimal.One}}, Groups: StatsGroup}
	aged := trade("A-B", "2")
	aged.Age = 9 * time.Second
	halted := func(w *world, _ *Link) { w.k.List([]Listed{{"A-B", false}}, time.Now()) }
	for _, c := range []struct {
		name   string
		feed   Feed
		told   Update
		then   func(*world, *Link)
		answer Update
		want   Groups
	}{
		{"the same", all, trade("A-B", "1"), nil, trade("A-B", "1"), 0},
		{"another price", all, trade("A-B", "1"), nil, trade("A-B", "2"), TradeGroup},
		{"another size", all, sized("1", "5"), nil, sized("1", "6"), TradeGroup},
		{"no size", all, sized("1", "5"), nil, trade("A-B", "1"), 0},
		{"no size told", all, trade("A-B", "1"), nil, sized("1", "5"), 0},
		{"another bid", all, quoted("1", 0), nil, quoted("2", 0), QuoteGroup},
		{"the same bid", all, quoted("1", 0), nil, quoted("1", 0), 0},
		{"a later key", all, keyed("1", 7), nil, keyed("1", 8), TradeGroup},
		{"an earlier key", all, keyed("1", 7), nil, keyed("2", 6), 0},
		{"the same key", all, keyed("1", 7), nil, keyed("2", 7), 0},
		{"a key on one side only", all, keyed("1", 7), nil, trade("A-B", "2"), TradeGroup},
		{"statistics", all, stats, nil, Update{Ticker: Ticker{Market: "A-B"}, Groups: StatsGroup}, 0},
		{"told on trades", onTrade, quoted("1", 0), nil, quoted("2", 0), 0},
		{"not by REST", Feed{Trade: Told{Kind: EveryChange}}, trade("A-B", "1"), nil, trade("A-B", "2"), 0},
		{"by REST alone", restOnly, trade("A-B", "1"), nil, trade("A-B", "2"), 0},
		{"an age that says so", all, trade("A-B", "1"), nil, aged, 0},
		{"a cache that is declared", Feed{Trade: Told{Kind: EveryChange, REST: true, CacheAge: 9 * time.Second}}, trade("A-B", "1"), nil, trade("A-B", "2"), 0},
		{"told since", all, trade("A-B", "1"), func(w *world, l *Link) { w.at(11); tell(l, trade("A-B", "3")) }, trade("A-B", "2"), 0},
		{"in doubt", all, keyed("1", 7), func(_ *world, l *Link) { tell(l, keyed("0", 6)) }, keyed("2", 8), 0},
		{"not told by this link", all, Update{}, nil, trade("A-B", "2"), 0},
		{"closed", all, trade("A-B", "1"), func(_ *world, l *Link) { l.Close(errors.New("reset")) }, trade("A-B", "2"), 0},
		{"halted", all, trade("A-B", "1"), halted, trade("A-B", "2"), 0},
		{"missing in a list", all, trade("A-B", "1"), func(w *world, _ *Link) { w.at(2); w.list("C-D") }, trade("A-B", "2"), 0},
		{"of another market", all, trade("A-B", "1"), nil, trade("C-D", "2"), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, 0, func(w *world) {
				w.list("A-B")
				l := w.link(c.feed)
				if c.told.Groups != 0 {
					assert.NoError(w, tell(l, c.told))
				}
				w.at(1)
				if c.then != nil {
					c.then(w, l)
				}
				before, _ := w.Get("A-B")
				w.at(12)
				assert.Equal(w, c.want, l.Differs(&c.answer, w.moment(8)))
				after, _ := w.Get("A-B")
				assert.Equal(w, before, after, "it changes nothing")
			})
		})
	}
}

// Recent names the markets of a link that are known, those told last first.
func TestRecent(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		w.list("A-B", "C-D", "E-F", "G-H", "I-J")
		l := w.link(tradesOnly, "A-B", "C-D", "E-F", "G-H")
		other := w.link(tradesOnly, "I-J")
		assert.Empty(w, l.Recent())
		for i, m := range []Market{"C-D", "E-F", "A-B", "C-D", "I-J"} {
			w.at(float64(1 + i))
			tell(l, trade(m, "1"))
			tell(other, trade(m, "1"))
		}
		assert.Equal(w, []Market{"C-D", "A-B", "E-F"}, l.Recent())
		w.k.List([]Listed{{"A-B", false}, {"C-D", true}, {"E-F", true}}, time.Now())
		assert.Equal(w, []Market{"C-D", "E-F"}, l.Recent())
	})
}

package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

func variant(name string, v keyed.Variant) place {
	return place{name, keyed.Dialect{Variant: v}, func(o exchange.Options) source { return keyed.New(v, &o) }}
}

// wrong says what the day has shown that a hand-over must not.
func (d *day) wrong(feed exchange.Feed) (wrong []string) {
	bad := func(holds bool, format string, args ...any) {
		if !holds {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	bad(d.requests == 0, "%d requests", d.requests)
	bad(d.steps == 0, "%d steps back", d.steps)
	bad(d.downs == 0 && d.reconnects == 0, "%d connections lost, %d opened again", d.downs, d.reconnects)
	for g, stood := range d.stood {
		// The feed's delay, what the frames are late, the time between two, and what
		// a hand-over takes to look.
		most := told(&feed, g).Delay + 2*time.Second + 2*frameLag + time.Second + 350*time.Millisecond
		bad(stood <= most, "an AsOf of group %d stood still for %v, not %v", g, stood, most)
	}
	return wrong
}

// Each connection is cut when it is 24 hours old, and replaced before: no AsOf
// stands still for longer than the feed's delay, nothing steps back and nobody is
// asked. Without hand-over the same goes wrong.
func TestHandOverOfADay(t *testing.T) {
	throttled := ticker.Told{Kind: ticker.Throttled, Delay: 700 * time.Millisecond}
	for i, p := range []place{
		variant("keyed", keyed.Variant{}),
		variant("keyless", keyed.Variant{Keyless: true}),
		variant("throttled, keyless", keyed.Variant{Keyless: true, Quote: throttled}),
		variant("throttled, keyed, initial tickers", keyed.Variant{Quote: throttled, Initial: true}),
	} {
		if testing.Short() && i > 0 {
			continue // the simulation replaces connections, too
		}
		s := both[i%2]
		t.Run(p.name+"/"+s.name, func(t *testing.T) {
			feed := p.source(exchange.Options{}).Feed()
			with := oneDay(t, s, p, settings{})
			t.Logf("%d connections; %d requests, %d steps back, %d lost; AsOf stood still for at most %v", with.opened, with.requests, with.steps, with.downs, with.stood[:2])
			assert.Empty(t, with.wrong(feed))
			assert.Equal(t, 2*eight, with.opened)
		})
	}
	t.Run("without", func(t *testing.T) {
		p := variant("keyless", keyed.Variant{Keyless: true})
		without := oneDay(t, both[0], p, settings{MaxConnectionAge: -1})
		wrong := without.wrong(p.source(exchange.Options{}).Feed())
		t.Log(wrong)
		assert.NotZero(t, without.requests, "snapshots")
		assert.NotZero(t, without.reconnects)
		assert.GreaterOrEqual(t, len(wrong), 3, "an AsOf stands still, too")
	})
}

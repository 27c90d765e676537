package exchangetest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// parrot is a relay that tells one market and its origin's heartbeats, and may do
// one thing wrong.
type parrot struct {
	feed   ticker.Feed
	heard  time.Time // by the origin; zero: it hears all the time
	told   bool
	spoils func(u *ticker.Update)
}

func (p *parrot) Name() string        { return "parrot" }
func (p *parrot) Feed() exchange.Feed { return exchange.Feed{Feed: p.feed} }
func (p *parrot) Close() error        { return nil }
func (p *parrot) Markets(context.Context) ([]exchange.Listing, error) {
	return []exchange.Listing{{Market: "A-X"}}, nil
}
func (p *parrot) Connect(context.Context, []exchange.Listing) (exchange.Stream, error) { return p, nil }

func (p *parrot) Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	select {
	case <-ctx.Done():
		return dst, ctx.Err()
	case <-time.After(250 * time.Millisecond):
	}
	heard := p.heard
	if heard.IsZero() {
		heard = time.Now()
	}
	u := ticker.Update{Origin: &ticker.Origin{Link: 1, Heard: heard, Feed: &ticker.Feed{}}}
	if !p.told {
		p.told = true
		u = ticker.Update{Groups: ticker.TradeGroup, Origin: &ticker.Origin{Link: 1, Follows: ticker.TradeGroup}}
		u.Market = "A-X"
		u.Trade.Stamp = ticker.Stamp{AsOf: heard, Received: heard, Source: ticker.Stream}
	}
	if p.spoils != nil {
		p.spoils(&u)
	}
	return append(dst, u), nil
}

func TestRelayLaw(t *testing.T) {
	for _, c := range []struct {
		row, want string
		wrong     func(p *parrot)
	}{
		{"right", "", func(*parrot) {}},
		{"does not say so", "its Feed does not say", func(p *parrot) { p.feed.Relay = false }},
		{"tells no market", "no market of its origin", func(p *parrot) { p.told = true }},
		{"no origin", "says nothing of its origin", func(p *parrot) { p.spoils = func(u *ticker.Update) { u.Origin = nil } }},
		{"its own life counts", "further than it can have been heard", func(p *parrot) {
			p.spoils = func(u *ticker.Update) { u.Origin.Heard = time.Now() }
		}},
		{"about nothing", "neither a market", func(p *parrot) {
			p.spoils = func(u *ticker.Update) {
				if u.Market == "" {
					u.Origin.Link = 0
				}
			}
		}},
		{"follows nothing", "A-X follows no link", func(p *parrot) {
			p.spoils = func(u *ticker.Update) {
				if u.Market != "" {
					u.Origin.Link = 0
				}
			}
		}},
		{"no stamp", "without the origin's stamp", func(p *parrot) { p.spoils = func(u *ticker.Update) { u.Trade.Source = 0 } }},
		{"its own times", "the origin heard nothing since", func(p *parrot) {
			p.spoils = func(u *ticker.Update) { u.Trade.AsOf, p.told = time.Now(), false }
		}},
	} {
		t.Run(c.row, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &parrot{feed: ticker.Feed{Relay: true}}
				c.wrong(p)
				err := lawRelay(t.Context(), p, func() { p.heard = time.Now() }, time.Second)
				if c.want == "" {
					require.NoError(t, err)
					p = &parrot{feed: p.feed}
					TestRelay(t, p, func() { p.heard = time.Now() }, time.Second)
				} else {
					assert.ErrorContains(t, err, c.want)
				}
			})
		})
	}
}

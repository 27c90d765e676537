package exchangetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// Law is something that every adapter owes to the engines and that Test checks.
type Law struct {
	Name    string
	Promise string // what an adapter owes
	Reason  string // and why: what goes wrong without it
	check   func(b *bench) error
}

// Laws returns what Test checks.
func Laws() []Law {
	return []Law{
		{
			"acknowledged",
			"Connect returns when the exchange has acknowledged the subscription, and what came before comes out of the Stream first.",
			"A link begins with the acknowledgement: an answer asked for before it may miss a change that the stream does not tell. And exchanges send tickers before they acknowledge: one that is dropped is a price lost.",
			lawAcknowledged,
		},
		{
			"every market",
			"Each market is acknowledged or named in a *exchange.RefusedError; one bad market does not cost the others.",
			"Lists are older than subscriptions: a market may be gone by the time it is asked for.",
			lawEveryMarket,
		},
		{
			"whole groups",
			"The Stream emits the groups that a frame spoke of, each whole, in the order of the feed.",
			"A group is replaced as a whole: one with a part of it blanked has an ask of zero, which looks free; one half old is a price that never was.",
			lawWholeGroups,
		},
		{
			"honest times",
			"A group's Time is the exchange's or zero, never ours, and Feed says how each group is told as it is.",
			"AsOf is reckoned from what Feed declares, and late frames are known by the exchange's time: an invented one makes an old price look fresh.",
			lawHonestTimes,
		},
		{
			"exact numbers",
			"Prices and sizes are the decimals of the wire; what does not fit is left out, never rounded.",
			"A float64 on the way turns 0.1 into another price.",
			lawExactNumbers,
		},
		{
			"junk",
			"Junk costs its frame, or its row, and is a *exchange.FrameError or passed over: never the connection, never a panic.",
			"Exchanges send what they never documented. A connection that ends with each such frame never gets whole.",
			lawJunk,
		},
		{
			"errors",
			"429 and 418 are a *exchange.RateLimitError with its RetryAfter, 401 is exchange.Permanent, and what can get better is neither.",
			"The engines go by type: a limit that looks like any error is hit again at once and ends in a ban.",
			lawErrors,
		},
		{
			"names",
			"Markets are BASE-QUOTE in upper case with common names, each listed once, those that do not trade included; listings keep the exchange's spellings.",
			"Books of several exchanges are compared market by market: XBT-EUR and BTC-EUR would never meet.",
			lawNames,
		},
		{
			"nothing left",
			"No goroutine, timer or socket outlives Close or the context; Close is idempotent and unblocks Read.",
			"A program that runs for weeks reconnects thousands of times.",
			lawNothingLeft,
		},
	}
}

// Test checks the laws, one subtest each, on the simulated exchange of Config. A
// failing one says what the adapter owes, what it did, and why that matters. It
// does not run the simulation: see Simulate.
//
// The tenth law is for relays, whose stream repeats another Book: see TestRelay.
func Test(t *testing.T, c Config) {
	t.Helper()
	for _, l := range Laws() {
		t.Run(l.Name, func(t *testing.T) {
			if err := l.try(t, c); err != nil {
				t.Errorf("%v\n\t%s\n\t%s", err, l.Promise, l.Reason)
			}
		})
	}
}

// try checks a law with each of a few variants that the adapter has.
func (l *Law) try(t *testing.T, c Config) error {
	t.Helper()
	var errs []error
	for variant := range uint64(4) {
		synctest.Test(t, func(t *testing.T) {
			b, err := newBench(c.New(rand.New(rand.NewPCG(c.First+variant, 3))), variant)
			if err == nil {
				err = l.check(b)
				b.close()
				time.Sleep(2 * patience) // what ends late is the law's to find; what never ends panics here
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("variant %d: %w", variant, err))
			}
		})
		if len(errs) > 0 {
			break
		}
	}
	return errors.Join(errs...)
}

package arbitrage

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// TalkFee is the 0.25 % that the talk reckons with on every exchange.
var TalkFee = decimal.MustNew(25, 4)

// Offer is what one exchange offers on a market.
type Offer struct {
	Exchange string
	Ticker   ticker.Ticker
	// Fee is the share of the amount that the exchange takes: 0.0025 is a quarter
	// of a percent, zero is free, below zero it pays. It lies between -1 and 1.
	Fee decimal.Decimal
}

// Options say which quotes may be compared. A nil *Options is ready.
type Options struct {
	// MaxAge is how old a quote may be. If zero, a minute.
	MaxAge time.Duration
	// MaxApart is how far apart the AsOf of a pair's two quotes may be. If zero,
	// five seconds.
	MaxApart time.Duration
	// SameQuote lists quote assets that count as one, such as {"USD", "USDT"}.
	// Only Scan uses it. If nil, BTC-USD and BTC-USDT are two markets.
	SameQuote [][]string
	// Exclude names assets that are not the same thing on every exchange, such as
	// LUNA. Scan leaves out every market that has one as base or quote.
	Exclude []string
}

// ages returns the two limits.
func (o *Options) ages() ages {
	a := ages{old: time.Minute, apart: 5 * time.Second}
	if o != nil && o.MaxAge != 0 {
		a.old = o.MaxAge
	}
	if o != nil && o.MaxApart != 0 {
		a.apart = o.MaxApart
	}
	return a
}

// ages are the limits that the ages of quotes have to keep.
type ages struct{ old, apart time.Duration }

// Reason says why an offer is not used, or why a signal was closed.
type Reason uint8

const (
	Usable  Reason = iota // nothing speaks against it
	Gone                  // the prices differ by no more than the fees
	NoBid                 // the exchange reports no bid, or none above zero
	NoAsk                 // the exchange reports no ask, or none above zero
	Warm                  // the quote is from a file that an earlier run wrote
	Stale                 // too old, or too far from the other leg's time
	Down                  // the market's connection was lost, and the quote is not confirmed since
	Removed               // the exchange no longer lists the market
	Ended                 // the Book's Run has returned, or Scan's context has ended
	BadFee                // the fee is not between -1 and 1
)

// String returns the name of the reason.
func (r Reason) String() string {
	names := [...]string{"usable", "gone", "no bid", "no ask", "warm", "stale", "down", "removed", "ended", "bad fee"}
	if int(r) < len(names) {
		return names[r]
	}
	return "unknown"
}

// Why says why Find uses an offer in no pair, whatever the others are: NoBid,
// NoAsk, Warm, Stale (it is older than MaxAge) or BadFee; Usable, if it may.
//
// An offer needs both sides, although a pair takes one of each: a quote with one
// side is that of a market which is halted, empty or in an auction.
func (o *Offer) Why(now time.Time, opts *Options) Reason {
	if r := fit(&o.Ticker.Quote, o.Fee); r != Usable {
		return r
	}
	if o.Ticker.Quote.AgeAt(now) > opts.ages().old {
		return Stale
	}
	return Usable
}

// fit is Why without the age.
func fit(q *ticker.Quote, fee decimal.Decimal) Reason {
	switch {
	case !share(fee):
		return BadFee
	case q.Source == ticker.Warm:
		return Warm
	case !q.Bid.IsPos():
		return NoBid
	case !q.Ask.IsPos():
		return NoAsk
	}
	return Usable
}

// share reports whether a fee is between -1 and 1.
func share(fee decimal.Decimal) bool { return fee.CmpAbs(decimal.One) < 0 }

// apart is how far two moments are from each other: the larger of the differences
// by wall clock and by monotonic clock, as for an age.
func apart(a, b time.Time) time.Duration {
	return max(a.Sub(b).Abs(), a.Round(0).Sub(b.Round(0)).Abs())
}

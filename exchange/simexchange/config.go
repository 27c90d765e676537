package simexchange

import (
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// Range is a span of time from which each delay is drawn anew. Its zero value is
// no delay; a Max below Min counts as Min.
type Range struct{ Min, Max time.Duration }

// Exactly is the range that holds only d.
func Exactly(d time.Duration) Range { return Range{d, d} }

// UpTo is the range from nothing to d.
func UpTo(d time.Duration) Range { return Range{0, d} }

// Config says what a Server simulates. Its zero value is an exchange without
// markets on which nothing happens by itself.
type Config struct {
	// Seed decides everything that is random: the same seed, the same exchange.
	Seed uint64
	// Markets are those listed at the start, in the order of the list. If nil,
	// those that the Dialect's Traits name.
	Markets []ticker.Market
	// Rate is how many messages a second the exchange has to tell. If zero,
	// nothing changes but by Tick and Set. SetRate changes it later.
	Rate float64
	// Busy is how many of the markets change by themselves; which, the seed
	// says. If zero, all.
	Busy int
	// Skew says how unevenly they do: the k-th busiest market's share is as k to
	// the power of -Skew. If zero, all alike.
	Skew float64
	// Batch is the most markets that change in one message. If zero, one.
	Batch int
	// Distinct: no price of a market comes twice, so that each value that a
	// client holds has one version. Otherwise prices repeat, as they do.
	Distinct bool
	// Volumes: lists of markets tell the volume of the last 24 hours, which goes
	// with how often a market changes.
	Volumes bool
	// Lag is how long a frame is on its way. Frames of one connection do not
	// overtake each other.
	Lag Range
	// Latency is how long a REST answer takes; its values are read at some moment
	// of that.
	Latency Range
	// ClockSkew is how far the exchange's clock is ahead of ours. It is in all
	// times that the exchange writes, and in nothing else.
	ClockSkew time.Duration
	// Memory: listen in memory and not on the loopback, for testing/synctest.
	// Reach the server through Client.
	Memory bool
	// RESTAddr and WebSocketAddr are the addresses to listen on, such as
	// "127.0.0.1:8000". If both are empty, one free port of the loopback serves
	// both; if one is empty or they are equal, the other serves both.
	RESTAddr, WebSocketAddr string
}

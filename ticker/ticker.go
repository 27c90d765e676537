package ticker

import (
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// Market names a market of any exchange as BASE-QUOTE, in upper case and with
// the common names of the assets: "BTC-USD", whatever the exchange calls it.
type Market string

// Split returns the base and quote assets of the market. It splits at the last
// hyphen; a name without one is all base.
func (m Market) Split() (base, quote string) {
	i := strings.LastIndexByte(string(m), '-')
	if i < 0 {
		return string(m), ""
	}
	return string(m[:i]), string(m[i+1:])
}

// Kind says how an exchange's stream tells a group of a ticker. The zero value
// is Never.
type Kind uint8

const (
	Never       Kind = iota // the stream never tells it; REST may
	EveryChange             // each change is sent as it happens
	Throttled               // the newest value is sent, at most Told.Delay late
	OnTrade                 // it rides on trades: between them it changes unseen
)

// String returns the name of the kind.
func (k Kind) String() string { return name(int(k), "never", "every change", "throttled", "on trade") }

// Source says where a group's value came from. The zero value is NoSource.
type Source uint8

const (
	NoSource Source = iota // not known: neither told nor answered
	Stream                 // told by the websocket
	REST                   // answered by the REST API
	Warm                   // read from a file that an earlier run wrote
)

// String returns the name of the source.
func (s Source) String() string { return name(int(s), "none", "stream", "rest", "warm") }

func name(i int, names ...string) string {
	if i < len(names) {
		return names[i]
	}
	return "unknown"
}

// Stamp says when and from where a group of a ticker is known. Its zero value
// means: not known.
type Stamp struct {
	Time     time.Time // when the exchange says it happened; zero where it does not say
	Received time.Time // when the frame or answer that told it was read here; zero if Warm
	// AsOf is the latest moment up to which the exchange is known to have had
	// nothing newer. Age measures from it.
	AsOf   time.Time
	Key    uint64 // the exchange's order key (trade id, update id); 0 where it gives none
	Epoch  uint32 // keys compare only within one epoch
	Source Source
	Kind   Kind // how the exchange's stream tells this group
}

// Age returns how long ago AsOf is: the larger of the differences by wall clock
// and by monotonic clock, since a laptop sleeps and a wall clock is set. It is
// never negative. For a zero AsOf it is the largest Duration.
func (s Stamp) Age() time.Duration { return s.AgeAt(time.Now()) }

// AgeAt returns what Age returned at the given moment.
func (s Stamp) AgeAt(now time.Time) time.Duration { return age(s.AsOf, now) }

func age(asOf, now time.Time) time.Duration {
	if asOf.IsZero() {
		return 1<<63 - 1
	}
	return max(now.Sub(asOf), now.Round(0).Sub(asOf.Round(0)), 0)
}

// Trade is the last trade of a market. A zero Price means that none was
// reported, never that it cost nothing.
type Trade struct {
	Price, Size decimal.Decimal // in quote and base currency
	Stamp
}

// Quote is the best bid and ask of a market. A zero price means that the side
// was not reported (an empty book has none); zero sizes, that they are not told.
type Quote struct {
	Bid, BidSize, Ask, AskSize decimal.Decimal // prices in quote, sizes in base currency
	Stamp
}

// Stats are the rolling 24 hour figures of a market. Zero means not reported.
type Stats struct {
	Open, High, Low, Volume decimal.Decimal // prices in quote currency, Volume in base currency
	Stamp
}

// Ticker is what is known of one market, in three groups, each with its own
// times, because exchanges tell them apart. It is a value: copy it freely.
type Ticker struct {
	Market Market
	Trade  Trade
	Quote  Quote
	Stats  Stats
}

// Groups is a set of a ticker's groups.
type Groups uint8

const (
	TradeGroup Groups = 1 << iota
	QuoteGroup
	StatsGroup

	AllGroups = TradeGroup | QuoteGroup | StatsGroup
)

// Has reports whether the set holds every group of g.
func (s Groups) Has(g Groups) bool { return s&g == g }

// Update is what one message says of one market: the groups it spoke of, each
// whole. Of their stamps a Link reads Time, Key and Epoch only, and fills in the
// rest; a relay's (Feed.Relay) it takes as they are.
type Update struct {
	Ticker
	Groups Groups
	// Age is how old a REST answer said it was, by its headers. The age that
	// counts is this or Told.CacheAge, whichever is more.
	//
	// Of a stream's message it is how old the exchange's own times say that the
	// groups told OnTrade were when it was sent: some exchanges send the ticker of
	// a trade long past on subscribing. The other groups do not need it, and where
	// a frame is sent at its trade it is zero.
	Age time.Duration
	// Origin is what a relay's update says of the Book that it repeats; nil for all
	// others, and for a relay as good as one that says Known alone. Groups are then those that the origin was told or answered anew, or
	// knows to be fresher; there may be none, where only what Origin says is new.
	Origin *Origin
}

// Told declares how an exchange tells one group. The zero value: not at all.
type Told struct {
	Kind     Kind
	Delay    time.Duration // Throttled: the newest value is at most this late
	REST     bool          // REST answers carry the group too
	CacheAge time.Duration // a REST answer may be this old when it is sent
}

func (t Told) reported() bool { return t.Kind != Never || t.REST }

// follows reports whether silence on a live link means that nothing changed.
func (t Told) follows() bool { return t.Kind == EveryChange || t.Kind == Throttled }

// Feed declares how an exchange tells each group of its tickers.
type Feed struct {
	Trade, Quote, Stats Told
	// Settle is for an exchange that acknowledges no subscription: how long
	// after its opening a link may count as begun, unless it speaks sooner.
	Settle time.Duration
	// Relay: the stream repeats another Book, see Origin. It tells all that is
	// known there as soon as it is open, so nothing is asked of REST, and the other
	// fields need not be set: each stamp says how its group is told.
	Relay bool
}

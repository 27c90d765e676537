package ticker

import (
	"fmt"
	"sync"
	"time"
)

// Book is a local replica of one exchange's tickers: it holds the newest ticker
// of every market, and says with each how fresh it is. It is not an order book.
// The zero value is ready; it must not be copied. All methods may be called from
// any goroutine, and none waits for the exchange but those that say so.
//
// A Book is written by one engine at a time (fullsync.Run or singlesync.Run) and
// read by anybody. What is promised, for each market and each group of its
// ticker (Trade, Quote, Stats):
//
//  1. Order. Within one connection, and while another takes its place by plan,
//     readers see a subsequence of what the exchange sent: some values may be
//     skipped, none is reordered. Where the stream and the REST API share an order
//     key this holds over their join and over reconnects too. Where they share
//     none, a value may step back once after a REST answer, by what the feed still
//     owed at that moment, and for no longer than the feed's delay; one that is
//     told OnTrade, until it is next told or asked.
//  2. Completeness. Once synced, every market that the exchange lists as trading
//     is known, or is named in Status().Refused with the reason. A market is
//     known when each group that REST answers has been told or answered; a group
//     that only the stream tells may come later, since nobody can ask for it.
//     Synced means first synced: a later listing is in Status().Unknown until it
//     is known.
//  3. Freshness is part of every read. AsOf is the latest moment up to which the
//     exchange is known to have had nothing newer, give or take what a frame
//     takes to arrive. For a group that the stream tells on EveryChange it moves
//     with every data or heartbeat frame of the market's connection, so a quiet
//     market on a live connection is fresh; for a Throttled one likewise, less
//     its delay; for OnTrade and Never it is when the group was last told or
//     asked. When the connection breaks or goes mute it stands still; while
//     another takes its place, for at most the feed's delay and 2 s. A frame
//     that comes late counts for when it was sent, where frames carry the
//     exchange's time. So Age is the one number that a trading program needs.
//  4. Eventual truth. While the connection lives and the exchange rests, what is
//     told on EveryChange or Throttled equals the exchange.
//  5. Honest absence. A zero price means "not reported", never "it costs
//     nothing". A market that the exchange no longer lists is removed, and
//     watchers see it: from the first list without it its AsOf stands still, a
//     second removes it (a third, where the list lacks more than 3 markets and
//     more than a tenth). A market listed as not trading is in Status().Refused,
//     and its AsOf stands still.
//  6. No reader can hurt the feed. A watcher's memory is bounded by the number of
//     markets, a follower's by that and the depth it asked for, and the feed never
//     waits for a reader.
//
// The limit: what nothing on the wire reveals, a Book cannot know. An exchange
// that sends heartbeats but no data, loses one update, or answers REST from a
// cache older than it declares, with neither order key nor Age or Date header to
// show it, makes AsOf say more than is true, until an audit finds it (see Audit) or
// the next message. So does a late frame that carries no time of the exchange, as
// most heartbeats do, by as much as it is late.
type Book struct {
	mu     sync.Mutex
	index  index
	slots  []slot
	sorted []int32 // slots by market; shorter than slots when out of date

	watchers  []*watch    // of all markets
	followers []*follower // see Follow
	changes   uint64      // told to followers
	asked     []int32     // unknown markets that readers asked for
	lists     uint32      // lists and snapshots seen
	unknown   int         // markets expected but not known
	wanted    int         // markets of which an answer could add something
	counted   bool        // either has changed since the state was noted
	short     *ShortListError
	off       rule // rules that tests switch off

	keeper   *Keeper
	ended    bool
	err      error // of the last Run
	name     string
	isWarm   bool // tickers from a file await the first Run
	synced   chan struct{}
	isSynced bool
	changed  chan struct{} // closed when the status changes; nil: nobody waits
	links    []*Link       // open
	past     []*Link       // the last that were closed
	linked   uint64        // links made
	opened   bool          // a link has been open in this run
	broken   int           // links lost and not replaced yet
	expect   int           // links that the engine means to keep open
	audits   time.Duration // how often a market is compared; zero: never
	auditAll bool          // or rather all at once
	keyless  Groups        // told with order keys and answered without: see past
	owed     []int32       // markets of which the stream may owe what an answer told
	budget   func() int    // what is left of the REST budget; nil: there is none
	relay    bool          // a link of this run is a relay's
	lost     error         // why a relay's origin is down, as watchers were told; nil: it is not
	status   Status        // counters, and the state last noted
}

// find returns the number of a market's slot.
func (b *Book) find(m Market) (int32, bool) { return b.index.find(m, b.slots) }

// slot returns the place of a market, and makes one where there is none.
func (b *Book) slot(m Market) int32 {
	i, ok := b.find(m)
	if ok {
		return i
	}
	i = int32(len(b.slots))
	b.slots = append(b.slots, slot{ticker: Ticker{Market: m}})
	b.index.add(m, len(b.slots), b.slots)
	for _, w := range b.watchers {
		w.behind = append(w.behind, notIn)
	}
	return i
}

// reserve makes room for as many markets, where that is more than there is.
func (b *Book) reserve(n int) {
	if n > cap(b.slots) {
		b.slots = append(make([]slot, 0, n), b.slots...)
	}
	b.index.reserve(n, b.slots)
}

// touch brings the counts up to date after something about a market changed that
// decides whether it is known or wanted. Who calls it calls note when all is done,
// lest a Book look synced between two markets of one list.
func (b *Book) touch(s *slot) {
	s.known = s.known || s.link != nil && !s.removed && s.complete()
	unknown := s.expected() && !s.known
	wanted := s.link != nil && s.wanted()
	if unknown != s.isUnknown || wanted != s.isWanted {
		b.unknown += count(unknown) - count(s.isUnknown)
		b.wanted += count(wanted) - count(s.isWanted)
		s.isUnknown, s.isWanted, b.counted = unknown, wanted, true
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Get returns the newest ticker known of a market; its stamps say how fresh each
// group is. False: nothing is known of it, or it was removed.
func (b *Book) Get(m Market) (t Ticker, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.lookup(m); s != nil && s.readable() {
		s.copy(&t)
		ok = true
	}
	return t, ok
}

// readable reports whether anything is known of the market.
func (s *slot) readable() bool {
	return !s.removed && (s.ticker.Trade.Source|s.ticker.Quote.Source|s.ticker.Stats.Source) != NoSource
}

// lookup finds a market for a reader, and remembers that one asked for it while
// it was unknown: an engine that backfills asks for it next.
func (b *Book) lookup(m Market) *slot {
	i, ok := b.find(m)
	if !ok {
		return nil
	}
	s := &b.slots[i]
	if !s.read {
		s.read = true
	}
	if !s.known && !s.asked && s.expected() {
		s.asked = true
		b.asked = append(b.asked, i)
	}
	return s
}

// Quote returns the best bid and ask of a market if their Age is at most maxAge,
// and an error rather than an older price: ErrUnknown, ErrNotReported (neither
// side is), ErrRemoved, or a *StaleError that says why. A maxAge of zero or less
// takes none but this instant's price; Get takes any. A price from a file is too
// old at any age; see ReadFrom.
func (b *Book) Quote(m Market, maxAge time.Duration) (Quote, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, err := b.fresh(m, 1, maxAge)
	if err != nil {
		return Quote{}, err
	}
	q := s.ticker.Quote
	if q.Bid.IsZero() && q.Ask.IsZero() {
		return Quote{}, fmt.Errorf("%w: quote of %s", ErrNotReported, m)
	}
	q.AsOf = s.asOf(1)
	return q, nil
}

// Trade returns the last trade of a market if its Age is at most maxAge, with the
// same errors as Quote.
func (b *Book) Trade(m Market, maxAge time.Duration) (Trade, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, err := b.fresh(m, 0, maxAge)
	if err != nil {
		return Trade{}, err
	}
	t := s.ticker.Trade
	if t.Price.IsZero() {
		return Trade{}, fmt.Errorf("%w: trade of %s", ErrNotReported, m)
	}
	t.AsOf = s.asOf(0)
	return t, nil
}

func (b *Book) fresh(m Market, i int, maxAge time.Duration) (*slot, error) {
	s := b.lookup(m)
	switch {
	case s == nil:
		return nil, fmt.Errorf("%w: %s", ErrUnknown, m)
	case s.removed:
		return nil, fmt.Errorf("%w: %s", ErrRemoved, m)
	case s.ticker.stamp(i).Source == NoSource:
		if s.link != nil && !s.reports(i) {
			return nil, fmt.Errorf("%w: %s", ErrNotReported, m)
		}
		return nil, fmt.Errorf("%w: %s", ErrUnknown, m)
	}
	if a := age(s.asOf(i), time.Now()); a > maxAge || s.ticker.stamp(i).Source == Warm {
		return nil, &StaleError{Market: m, Age: a, Cause: s.cause(i)}
	}
	return s, nil
}

// Name returns the exchange's name; "" before the first Run or ReadFrom.
func (b *Book) Name() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.name
}

package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
	"github.com/tickersync/tickersync/ticker/arbitrage"
)

// tape is a minute or two of Books: what their followers were told, what their
// links had been heard to say, and what Find found in the Books each second.
type tape struct {
	books []taped
	looks []look
}

type taped struct {
	name    string
	feed    ticker.Feed
	changes []ticker.Change
	lives   map[uint64][]life
}

// look is what Find found at one moment, by how far apart and how old quotes may be.
type look struct {
	at                   time.Time
	strict, exact, loose map[string]arbitrage.Pair
}

// slack is how far the age by the rows may be from that by the Book.
const slack = silence + 100*time.Millisecond

func tapeOf(t *testing.T, r *rand.Rand, length time.Duration) *tape {
	t.Helper()
	var tp tape
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		actors := tp.actors(t, r)
		var following sync.WaitGroup
		for i, a := range actors {
			b := &tp.books[i]
			following.Go(func() {
				for c := range a.book.Follow(ctx, 1<<20) {
					b.changes = append(b.changes, c)
				}
			})
		}
		synctest.Wait()
		for begin := time.Now(); time.Since(begin) < length; time.Sleep(100 * time.Millisecond) {
			for _, a := range actors {
				a.act()
			}
			if time.Since(begin)%time.Second == 0 {
				tp.look(actors)
			}
		}
		cancel()
		following.Wait()
	})
	return &tp
}

// actors are those of Books of four exchanges, that tell quotes in as many ways.
func (tp *tape) actors(t *testing.T, r *rand.Rand) (all []*actor) {
	t.Helper()
	every := ticker.Told{Kind: ticker.EveryChange, REST: true}
	for i, feed := range []ticker.Feed{
		{Quote: every},
		{Quote: ticker.Told{Kind: ticker.Throttled, Delay: time.Second, REST: true}},
		{Quote: ticker.Told{Kind: ticker.OnTrade, REST: true}},
		{Quote: every, Trade: every},
	} {
		b := taped{name: fmt.Sprintf("e%d", i), feed: feed, lives: map[uint64][]life{}}
		a := &actor{r: r, book: new(ticker.Book), feed: feed}
		var err error
		a.keeper, err = a.book.Keep(b.name)
		require.NoError(t, err)
		a.list(0)
		all, tp.books = append(all, a), append(tp.books, b)
	}
	return all
}

// look polls the lives, as a recorder does, and looks for pairs.
func (tp *tape) look(actors []*actor) {
	now := time.Now()
	for i, a := range actors {
		for _, l := range a.book.Lives() {
			if l.Heard.IsZero() {
				continue
			}
			rows := tp.books[i].lives[l.Link]
			var last life
			if len(rows) > 0 {
				last = rows[len(rows)-1]
			}
			if next, another := last.extend(now, l.Heard); another {
				rows = append(rows, next)
			} else {
				rows[len(rows)-1] = next
			}
			tp.books[i].lives[l.Link] = rows
		}
	}
	find := func(by time.Duration) map[string]arbitrage.Pair {
		all := map[string]arbitrage.Pair{}
		for _, m := range tapeMarkets {
			var offers []arbitrage.Offer
			for i, a := range actors {
				if tk, ok := a.book.Get(m); ok {
					offers = append(offers, arbitrage.Offer{Exchange: tp.books[i].name, Ticker: tk, Fee: decimal.MustNew(1, 3)})
				}
			}
			for _, p := range arbitrage.Find(offers, now, &arbitrage.Options{MaxAge: 20*time.Second + by, MaxApart: 8*time.Second + by}) {
				all[string(m)+" "+p.Buy.Exchange+" "+p.Sell.Exchange] = p
			}
		}
		return all
	}
	tp.looks = append(tp.looks, look{now, find(-slack), find(0), find(slack)})
}

var tapeMarkets = []ticker.Market{"A-EUR", "B-EUR", "C-EUR"}

// actor does to a Book what engines and exchanges do, by chance.
type actor struct {
	r      *rand.Rand
	book   *ticker.Book
	keeper *ticker.Keeper
	feed   ticker.Feed
	link   *ticker.Link
	mute   time.Time // until when the link says nothing
	late   time.Duration
	key    uint64
}

func (a *actor) act() {
	now := time.Now()
	switch n := a.r.IntN(1000); {
	case a.link == nil:
		if n < 15 {
			a.link = a.book.Link(tapeMarkets, a.feed)
		}
		return
	case n < 3:
		a.link.Close(errors.New("lost"))
		a.link = nil
		return
	case n < 6:
		a.mute = now.Add(time.Duration(a.r.IntN(25)) * time.Second)
	case n < 9:
		a.late = time.Duration(a.r.IntN(5)) * time.Second
	case n < 15:
		a.list(1 + a.r.IntN(4))
	case n < 60:
		a.link.Answer([]ticker.Update{a.update(0)}, now.Add(-50*time.Millisecond), false)
	}
	if now.Before(a.mute) {
		return
	}
	switch n := a.r.IntN(20); {
	case n < 6:
		back := uint64(0)
		if a.r.IntN(40) == 0 {
			back = 5 // below what is held: a doubt
		}
		u := a.update(back)
		u.Quote.Time = now.Add(-a.late)
		_ = a.link.Stream([]ticker.Update{u}, now)
	case n < 10:
		a.link.Heard(now.Add(-a.late))
	}
	if a.link.Void() {
		a.link.Close(nil)
		a.link = nil
	}
}

func (a *actor) update(back uint64) (u ticker.Update) {
	a.key++
	u.Market, u.Groups = tapeMarkets[a.r.IntN(len(tapeMarkets))], ticker.QuoteGroup
	middle := 1000 + a.r.Int64N(20)
	u.Quote.Bid, u.Quote.Ask = decimal.MustNew(middle, 1), decimal.MustNew(middle+5, 1)
	if a.r.IntN(10) == 0 {
		u.Quote.Bid = decimal.Zero
	}
	u.Quote.Key = 10 + a.key - back
	return u
}

// list tells the market list, where one may be missing (1 to 3) or not be trading (4).
func (a *actor) list(wrong int) {
	var ls []ticker.Listed
	for i, m := range tapeMarkets {
		if wrong != i+1 {
			ls = append(ls, ticker.Listed{Market: m, Trading: wrong != 4 || i > 0})
		}
	}
	a.keeper.List(ls, time.Now())
}

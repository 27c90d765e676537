package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

var errRetired = exchange.Permanent(errors.New("the API is retired"))

// What cannot get better ends Run, wherever it comes from, and says through whom.
func TestPermanentErrorsEndRun(t *testing.T) {
	for where, make := range map[string]func() *fake{
		"market list": func() *fake {
			return &fake{markets: func(context.Context) ([]exchange.Listing, error) { return nil, errRetired }}
		},
		"a later list": func() *fake {
			return &fake{markets: later(listings("A-X"), nil, errRetired)}
		},
		"connection": func() *fake { return connecting(nil, errRetired) },
		"reading": func() *fake {
			tp := newTape()
			tp.fail <- errRetired
			return connecting(tp, nil)
		},
		"tickers": func() *fake {
			return &fake{
				snapshot: func(context.Context) ([]ticker.Update, error) { return nil, errRetired },
				fetch:    fetchOf(func(exchange.Listing) (ticker.Update, error) { return ticker.Update{}, errRetired }),
			}
		},
	} {
		for _, s := range both {
			bubble(t, s.name+"/"+where, func(t *testing.T) {
				var book ticker.Book
				err := s.run(t.Context(), &book, make(), settings{})
				require.ErrorIs(t, err, errRetired)
				assert.True(t, exchange.IsPermanent(err))
				assert.True(t, strings.HasPrefix(err.Error(), s.name+": "), err)
				if !book.Status().Synced {
					assert.Equal(t, err, book.WaitSynced(t.Context()), "a Book that was never synced says the same")
				}
				st := book.Status()
				assert.Equal(t, ticker.Ended, st.State)
				assert.Equal(t, err, st.LastError)
			})
		}
	}
}

// A permanent error does not wait for the pace, nor for the end of a pause.
func TestPermanentErrorWhilePaused(t *testing.T) {
	bubble(t, "singlesync", func(t *testing.T) {
		src := &fake{feed: everyTrade()}
		src.feed.Budget = exchange.NewBudget(1, 2)
		src.fetch = fetchOf(func(l exchange.Listing) (ticker.Update, error) {
			if l.Market == "A-X" {
				return ticker.Update{}, &exchange.RateLimitError{RetryAfter: 72 * time.Hour}
			}
			time.Sleep(3 * time.Second)
			return ticker.Update{}, errRetired
		})
		src.markets = func(context.Context) ([]exchange.Listing, error) { return listings("A-X", "B-X", "C-X"), nil }
		began := time.Now()
		var book ticker.Book
		require.ErrorIs(t, both[1].run(t.Context(), &book, src, settings{}), errRetired)
		assert.Less(t, time.Since(began), 5*time.Second)
	})
}

// The context's cause is returned as it is.
func TestCauseIsReturnedAsItIs(t *testing.T) {
	cause := errors.New("the program is done")
	for _, s := range both {
		for _, first := range []bool{false, true} {
			bubble(t, fmt.Sprintf("%s/cancelled before %v", s.name, first), func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				if first {
					cancel(cause)
				}
				time.AfterFunc(time.Minute, func() { cancel(cause); cancel(errors.New("too late")) })
				var book ticker.Book
				err := s.run(ctx, &book, &fake{}, settings{})
				assert.Equal(t, cause, err)
				assert.Equal(t, cause, book.Status().LastError)
			})
		}
	}
}

// Another Run on a Book that has one returns at once and disturbs nothing; a Book
// whose Run has ended can be kept again.
func TestOneRunABook(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			w := start(t, s, &fake{})
			w.until("live", live)
			at := time.Now()
			for _, other := range both {
				err := other.run(t.Context(), &w.book, &fake{}, settings{})
				require.ErrorIs(t, err, ticker.ErrKept)
				assert.True(t, strings.HasPrefix(err.Error(), other.name+": "), err)
			}
			assert.Zero(t, time.Since(at))
			assert.Equal(t, ticker.Live, w.book.Status().State)
			w.end()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			require.ErrorIs(t, s.run(ctx, &w.book, &fake{}, settings{}), context.DeadlineExceeded)
		})
	}
}

// A list, connection or stream that fails now and then is tried again, and what
// failed is named.
func TestAdaptersThatStumble(t *testing.T) {
	for name, c := range map[string]struct {
		make func() *fake
		says string
	}{
		"no stream and no error": {func() *fake { return &fake{connect: thenTape(nil, nil)} }, "connection: the adapter returned no stream"},
		"no connection":          {func() *fake { return &fake{connect: thenTape(nil, errors.New("no route"))} }, "connection: no route"},
		"stream and error":       {func() *fake { return &fake{connect: thenTape(newTape(), errors.New("half open"))} }, "connection: half open"},
		"no list":                {func() *fake { return &fake{markets: later(nil, errors.New("maintenance"), nil)} }, "market list: maintenance"},
		"an empty list":          {func() *fake { return &fake{markets: later(nil, nil, nil)} }, "market list: it is empty"},
	} {
		for _, s := range both {
			bubble(t, s.name+"/"+name, func(t *testing.T) {
				w := start(t, s, c.make())
				defer w.end()
				st := w.until("live", live)
				assert.Less(t, time.Since(w.began), 5*time.Second)
				require.ErrorContains(t, st.LastError, c.says)
			})
		}
	}
}

// A list that cannot be read again, or is empty then, costs nothing that was known.
func TestLaterListsThatFail(t *testing.T) {
	for name, then := range map[string]func() ([]exchange.Listing, error){
		"maintenance": func() ([]exchange.Listing, error) { return nil, errors.New("maintenance") },
		"it is empty": func() ([]exchange.Listing, error) { return nil, nil },
	} {
		for _, s := range both {
			bubble(t, s.name+"/"+name, func(t *testing.T) {
				lists := 0
				w := start(t, s, &fake{markets: func(context.Context) ([]exchange.Listing, error) {
					if lists++; lists == 1 {
						return listings("A-X", "B-X"), nil
					}
					return then()
				}})
				time.Sleep(10 * time.Minute)
				st := w.book.Status()
				w.end()
				assert.ErrorContains(t, st.LastError, "market list: "+name)
				assert.Equal(t, ticker.Live, st.State)
				assert.Equal(t, 2, st.Known)
				assert.Greater(t, lists, 30, "it is tried again as often as ever")
				assert.Less(t, lists, 500)
			})
		}
	}
}

// A limit that is hit on connecting is waited for.
func TestRateLimitOnConnecting(t *testing.T) {
	for _, s := range both {
		bubble(t, s.name, func(t *testing.T) {
			w := start(t, s, &fake{connect: thenTape(nil, fmt.Errorf("fake: %w", &exchange.RateLimitError{RetryAfter: time.Hour}))})
			defer w.end()
			w.until("limited", func(st ticker.Status) bool { return st.LastError != nil })
			time.Sleep(time.Hour - time.Second)
			assert.Equal(t, ticker.Connecting, w.book.Status().State)
			w.until("live", live)
			assert.Less(t, time.Since(w.began), time.Hour+5*time.Second)
		})
	}
}

// A limit that is hit pauses every request, those for other markets too.
func TestRateLimitPausesAll(t *testing.T) {
	bubble(t, "singlesync", func(t *testing.T) {
		var at []time.Duration
		began := time.Now()
		src := &fake{feed: everyTrade()}
		src.feed.Budget = exchange.NewBudget(10, 1)
		src.markets = func(context.Context) ([]exchange.Listing, error) { return listings("A-X", "B-X", "C-X", "D-X"), nil }
		src.fetch = fetchOf(func(l exchange.Listing) (ticker.Update, error) {
			at = append(at, time.Since(began))
			if len(at) == 2 {
				return ticker.Update{}, &exchange.RateLimitError{RetryAfter: 30 * time.Second}
			}
			return price(l.Market, "1"), nil
		})
		w := start(t, both[1], src)
		defer w.end()
		w.until("live", live)
		require.Len(t, at, 5)
		assert.GreaterOrEqual(t, at[2]-at[1], 30*time.Second)
	})
}

// A market that REST does not serve is refused, not asked for again and again, and
// costs the others nothing. When the stream tells it after all it is known.
func TestUnknownMarketIsRefused(t *testing.T) {
	bubble(t, "singlesync", func(t *testing.T) {
		asked := 0
		tp := newTape()
		src := connecting(tp, nil)
		src.fetch = fetchOf(func(l exchange.Listing) (ticker.Update, error) {
			if l.Market == "A-X" {
				asked++
				return ticker.Update{}, fmt.Errorf("fake: %w", exchange.ErrUnknownMarket)
			}
			return price(l.Market, "1"), nil
		})
		w := start(t, both[1], src)
		defer w.end()
		st := w.until("live", live)
		time.Sleep(time.Hour)
		assert.Equal(t, 1, asked)
		assert.Equal(t, map[ticker.Market]string{"A-X": "unknown to the REST API"}, st.Refused)
		assert.True(t, st.Synced)
		tp.frames <- []ticker.Update{price("A-X", "7")}
		time.Sleep(time.Second)
		st = w.book.Status()
		assert.Empty(t, st.Refused)
		assert.Equal(t, 2, st.Known)
	})
}

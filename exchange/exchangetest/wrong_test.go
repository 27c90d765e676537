package exchangetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/keyed"
	"github.com/tickersync/tickersync/ticker"
)

// wrong is an adapter that does one thing wrong.
type wrong struct {
	*keyed.Source
	feed    func(exchange.Feed) exchange.Feed
	markets func([]exchange.Listing) []exchange.Listing
	connect func(exchange.Stream, error) (exchange.Stream, error)
	early   bool
	update  func(n int, u *ticker.Update)
	answer  func(*ticker.Update)
	read    func([]ticker.Update, error) ([]ticker.Update, error)
	failed  func(error) error
	deaf    bool
}

func (w *wrong) Feed() exchange.Feed {
	if w.feed != nil {
		return w.feed(w.Source.Feed())
	}
	return w.Source.Feed()
}

func (w *wrong) Markets(ctx context.Context) ([]exchange.Listing, error) {
	ls, err := w.Source.Markets(ctx)
	if w.markets != nil {
		ls = w.markets(ls)
	}
	return ls, err
}

func (w *wrong) Snapshot(ctx context.Context) ([]ticker.Update, error) {
	us, err := w.Source.Snapshot(ctx)
	if err != nil && w.failed != nil {
		err = w.failed(err)
	}
	for i := range us {
		if w.answer != nil {
			w.answer(&us[i])
		}
	}
	return us, err
}

func (w *wrong) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	if w.early {
		s := &wrongStream{w: w, opened: make(chan struct{})}
		go func() {
			defer close(s.opened)
			s.Stream, s.err = w.Source.Connect(ctx, ms)
		}()
		return s, nil
	}
	s, err := w.Source.Connect(ctx, ms)
	if w.connect != nil {
		s, err = w.connect(s, err)
	}
	if s == nil {
		return nil, err
	}
	return &wrongStream{Stream: s, w: w}, err
}

type wrongStream struct {
	exchange.Stream
	w      *wrong
	n      int
	opened chan struct{}
	err    error
}

func (s *wrongStream) wait() error {
	if s.opened != nil {
		<-s.opened
	}
	return s.err
}

func (s *wrongStream) Read(ctx context.Context, dst []ticker.Update) ([]ticker.Update, error) {
	if err := s.wait(); err != nil {
		return dst, err
	}
	dst, err := s.Stream.Read(ctx, dst)
	for i := range dst {
		if s.n++; s.w.update != nil {
			s.w.update(s.n, &dst[i])
		}
	}
	if s.w.read != nil {
		return s.w.read(dst, err)
	}
	return dst, err
}

func (s *wrongStream) Close() error {
	if err := s.wait(); err != nil {
		return err
	}
	if s.w.deaf {
		time.AfterFunc(patience, func() { _ = s.Stream.Close() })
		return nil
	}
	return s.Stream.Close()
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// wrongs are adapters by the law that each breaks, and what the law says of it.
func wrongs() map[string]map[string]*wrong {
	return map[string]map[string]*wrong{
		"acknowledged": {
			"before the exchange had acknowledged": {early: true},
			"was dropped": {read: func(us []ticker.Update, err error) ([]ticker.Update, error) {
				if len(us) > 0 && !later(us[0].Trade.Received, us[0].Quote.Received).IsZero() {
					us = us[:0] // it was kept
				}
				return us, err
			}},
		},
		"every market": {
			"costs the whole connection": {connect: func(s exchange.Stream, err error) (exchange.Stream, error) {
				if err != nil && s != nil {
					_ = s.Close()
					s = nil
				}
				return s, err
			}},
		},
		"whole groups": {
			"lost a side": {update: func(n int, u *ticker.Update) {
				if n%3 == 0 {
					u.Quote.Ask, u.Quote.AskSize = decimal.Decimal{}, decimal.Decimal{}
				}
			}},
			"names no group": {update: func(_ int, u *ticker.Update) { u.Groups &^= ticker.QuoteGroup }},
		},
		"honest times": {
			"by our clock": {update: func(_ int, u *ticker.Update) { u.Trade.Time = time.Now() }},
			"what Feed declares": {feed: func(f exchange.Feed) exchange.Feed {
				f.Stats.Kind = ticker.EveryChange
				return f
			}},
		},
		"exact numbers": {
			"not told as they are": {update: func(_ int, u *ticker.Update) {
				f, _ := u.Trade.Price.Float64()
				u.Trade.Price, _ = decimal.NewFromFloat64(float64(float32(f)))
			}},
		},
		"junk": {
			"after a frame of junk": {read: func(us []ticker.Update, err error) ([]ticker.Update, error) {
				if err != nil {
					err = errors.New("cannot go on")
				}
				return us, err
			}},
		},
		"errors": {
			"RetryAfter 7s":  {failed: func(err error) error { return fmt.Errorf("failed: %v", err) }},
			"can get better": {failed: exchange.Permanent},
		},
		"names": {
			"BASE-QUOTE in upper case": {markets: func(ls []exchange.Listing) []exchange.Listing {
				ls[0].Market = ticker.Market(strings.ToLower(string(ls[0].Market)))
				return ls
			}},
			"listed twice":         {markets: func(ls []exchange.Listing) []exchange.Listing { return append(ls, ls[0]) }},
			"and Markets does not": {markets: func(ls []exchange.Listing) []exchange.Listing { return ls[1:] }},
			"never had group":      {answer: func(u *ticker.Update) { u.Stats.High = u.Stats.Volume }},
			"which Feed says REST": {answer: func(u *ticker.Update) { u.Groups &^= ticker.StatsGroup }},
			"listed with Trading true": {markets: func(ls []exchange.Listing) []exchange.Listing {
				for i := range ls {
					ls[i].Trading = true
				}
				return ls
			}},
		},
		"nothing left": {
			"does not unblock Read": {deaf: true},
		},
	}
}

// The kit is worth nothing if a wrong adapter passes: each law has to name what is wrong.
func TestAWrongAdapterIsNoticed(t *testing.T) {
	all := wrongs()
	for _, l := range Laws() {
		require.NotEmpty(t, all[l.Name], "no adapter breaks the law %q", l.Name)
		for says, w := range all[l.Name] {
			t.Run(l.Name+"/"+says, func(t *testing.T) {
				c := Config{New: func(*rand.Rand) Exchange {
					return Exchange{
						Dialect: keyed.Dialect{},
						Source: func(o exchange.Options) exchange.Source {
							w.Source = keyed.New(keyed.Variant{}, &o)
							return w
						},
					}
				}}
				err := l.try(t, c)
				require.Error(t, err)
				assert.Contains(t, err.Error(), says)
				t.Log(err)
			})
		}
	}
}

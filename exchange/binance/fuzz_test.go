package binance

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// seed adds every fixture.
func seed(f *testing.F) {
	f.Helper()
	files, _ := filepath.Glob(filepath.Join("testdata", "*.json"))
	for _, name := range files {
		p, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p)
	}
}

// honest fails for what no update may be.
func honest(t *testing.T, us []ticker.Update) {
	t.Helper()
	for _, u := range us {
		if u.Groups == 0 || u.Market == "" {
			t.Fatalf("an update of nothing: %+v", u)
		}
		for _, d := range []interface{ IsNeg() bool }{u.Trade.Price, u.Trade.Size, u.Quote.Bid, u.Quote.BidSize, u.Quote.Ask, u.Quote.AskSize, u.Stats.Open, u.Stats.High, u.Stats.Low, u.Stats.Volume} {
			if d.IsNeg() {
				t.Fatalf("a negative amount: %+v", u)
			}
		}
		if u.Groups&ticker.TradeGroup == 0 && u.Trade != (ticker.Trade{}) || u.Groups&ticker.QuoteGroup == 0 && u.Quote != (ticker.Quote{}) || u.Groups&ticker.StatsGroup == 0 && u.Stats != (ticker.Stats{}) {
			t.Fatalf("values of a group that is not named: %+v", u)
		}
	}
}

func FuzzParse(f *testing.F) {
	seed(f)
	good := fixture(f, "ticker.json")
	f.Fuzz(func(t *testing.T, frame []byte) {
		s := newSession(exchange.NewSubscription(abc))
		us, _, err := s.Parse(frame, nil)
		honest(t, us)
		var bad *exchange.FrameError
		if err != nil && !errors.As(err, &bad) && !errors.Is(err, errShutdown) {
			t.Fatalf("%T: %v", err, err)
		}
		if us, _, err := s.Parse(good, nil); len(us) != 1 || err != nil {
			t.Fatalf("the next frame is lost: %v", err)
		}
	})
}

func FuzzTickers(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		us, _ := readTickers(body, listed)
		honest(t, us)
	})
}

func FuzzList(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := readList(body)
		if err != nil {
			return
		}
		seen := map[ticker.Market]bool{}
		for _, l := range list.listings {
			base, quote := l.Market.Split()
			if base == "" || quote == "" || seen[l.Market] || l.Symbol == "" {
				t.Fatalf("%+v", l)
			}
			seen[l.Market] = true
		}
	})
}

package bitstamp

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

var btc = exchange.Listing{Market: "BTC-USD", Symbol: "btcusd", RESTSymbol: "btcusd", Trading: true}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	p, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	return bytes.TrimSpace(p)
}

// parser reads the frames of a connection that carries the markets.
func parser(ms ...exchange.Listing) exchange.ParseFunc { return New(nil).Replay(ms) }

// one parses a frame that tells one update.
func one(t testing.TB, p []byte, ms ...exchange.Listing) ticker.Update {
	t.Helper()
	us, proves, err := parser(append(ms, btc)...)(p, nil)
	require.NoError(t, err)
	require.Len(t, us, 1)
	assert.True(t, proves)
	return us[0]
}

func TestTrade(t *testing.T) {
	u := one(t, fixture(t, "trade"))
	assert.Equal(t, ticker.Market("BTC-USD"), u.Market)
	assert.Equal(t, ticker.TradeGroup, u.Groups)
	assert.Equal(t, "64250.1", u.Trade.Price.String())
	assert.Equal(t, uint64(301000451), u.Trade.Key)
	assert.Equal(t, time.Date(2025, 11, 1, 12, 28, 43, 456e6, time.UTC), u.Trade.Time)
	assert.Zero(t, u.Quote)
	assert.True(t, u.Trade.Received.IsZero())
}

func TestOrderBook(t *testing.T) {
	u := one(t, fixture(t, "order_book"))
	assert.Equal(t, ticker.QuoteGroup, u.Groups)
	assert.Equal(t, "64249", u.Quote.Bid.String())
	assert.Equal(t, "0.41", u.Quote.BidSize.String())
	assert.Equal(t, "64251", u.Quote.Ask.String())
	assert.Equal(t, "0.075", u.Quote.AskSize.String())
	assert.Equal(t, uint64(1762000124345678), u.Quote.Key)
	assert.Equal(t, time.UnixMicro(1762000124345678).UTC(), u.Quote.Time)
	assert.Zero(t, u.Trade)
}

// TestOthers: frames that tell nothing, and which of them proves that data flows.
func TestOthers(t *testing.T) {
	for name, want := range map[string]bool{
		"subscription_succeeded": false, "unsubscription_succeeded": false, "heartbeat": true,
	} {
		us, proves, err := parser(btc)(fixture(t, name), nil)
		require.NoError(t, err, name)
		assert.Empty(t, us, name)
		assert.Equal(t, want, proves, name)
	}
	for _, p := range []string{
		`{"event":"bts:heartbeat","channel":"","data":{"status":"failure"}}`,
		`{"event":"bts:heartbeat"}`,
		`{"event":"announcement","channel":"announcements","data":{"message":"x"}}`,
		`{"event":"data","channel":"diff_order_book_btcusd","data":{"bids":[],"asks":[],"microtimestamp":"1"}}`,
		`{"event":"trade","channel":"live_trades","data":{}}`,
	} {
		us, proves, err := parser(btc)([]byte(p), nil)
		require.NoError(t, err, p)
		assert.Empty(t, us, p)
		assert.False(t, proves, p)
	}
}

// TestBad: what cannot be read costs its frame, and names exchange, market and
// frame.
func TestBad(t *testing.T) {
	trade := func(data string) string {
		return `{"data":{` + data + `},"channel":"live_trades_btcusd","event":"trade"}`
	}
	book := func(data string) string {
		return `{"data":{` + data + `},"channel":"order_book_btcusd","event":"data"}`
	}
	for _, p := range []string{
		"", "7", "[]", "{}", `"x"`, "\x00", `{"event":7}`, trade(`"price_str":"1"`) + "}", trade(`"price_str":"1"`)[:40],
		trade(""), trade(`"price":5,"id":1`), trade(`"price_str":"0"`), trade(`"price_str":"-1"`), trade(`"price_str":"nan"`),
		trade(`"price_str":["1"]`), trade(`"price_str":"1","id":-5`), trade(`"price_str":"1","id":1.5`),
		trade(`"price_str":"1","microtimestamp":"yesterday"`), trade(`"price_str":"0.12345678901234567890123"`),
		`{"data":null,"channel":"live_trades_btcusd","event":"trade"}`,
		book(""), book(`"bids":[]`), book(`"asks":[["1","1"]]`), book(`"bids":null,"asks":[["1","1"]]`),
		book(`"bids":[["0","1"]],"asks":[]`), book(`"bids":[[]],"asks":[]`), book(`"bids":[7],"asks":[]`),
		book(`"bids":{},"asks":[]`), book(`"bids":[["-1","1"]],"asks":[]`), book(`"bids":[["1","1"]],"asks":[["x","1"]]`),
		book(`"bids":[["1","1"]],"asks":[["2","1"]],"microtimestamp":"-1"`), book(`"bids":[["1","1"],["2"`),
	} {
		us, proves, err := parser(btc)([]byte(p), nil)
		var bad *exchange.FrameError
		require.ErrorAs(t, err, &bad, p)
		assert.Equal(t, Name, bad.Exchange)
		assert.Empty(t, us, p)
		assert.False(t, proves, p)
	}
	_, _, err := parser(btc)([]byte(trade(`"price_str":"1","id":-5`)), nil)
	require.ErrorContains(t, err, `bitstamp: "BTC-USD" in frame "{\"data\"`)
}

// TestSizeThatDoesNotFit is left out, and named; the price is told.
func TestSizeThatDoesNotFit(t *testing.T) {
	for _, p := range []string{
		`{"data":{"id":5,"price_str":"64250","amount_str":"0.12345678901234567890123"},"channel":"live_trades_btcusd","event":"trade"}`,
		`{"data":{"bids":[["64250","1234567890.12345678901"]],"asks":[["64251","x"]]},"channel":"order_book_btcusd","event":"data"}`,
	} {
		us, proves, err := parser(btc)([]byte(p), nil)
		var bad *exchange.FrameError
		require.ErrorAs(t, err, &bad)
		require.ErrorIs(t, err, exchange.ErrInexact)
		assert.Equal(t, ticker.Market("BTC-USD"), bad.Market)
		require.Len(t, us, 1)
		assert.True(t, proves)
		told := us[0].Trade.Price
		if us[0].Groups == ticker.QuoteGroup {
			told = us[0].Quote.Bid
		}
		assert.Equal(t, "64250", told.String())
		assert.True(t, us[0].Trade.Size.IsZero())
		assert.True(t, us[0].Quote.BidSize.IsZero())
	}
}

func TestUnknownMarket(t *testing.T) {
	_, _, err := parser()(fixture(t, "trade"), nil)
	require.ErrorIs(t, err, exchange.ErrUnknownMarket)
	var bad *exchange.FrameError
	require.ErrorAs(t, err, &bad)
}

func TestParseAllocsNothing(t *testing.T) {
	parse := parser(btc)
	dst := make([]ticker.Update, 0, 4)
	for _, name := range []string{"trade", "order_book", "heartbeat"} {
		p := fixture(t, name)
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			_, _, err := parse(p, dst)
			if err != nil {
				panic(err)
			}
		}), name)
	}
}

func BenchmarkParse(b *testing.B) {
	parse := parser(btc)
	dst := make([]ticker.Update, 0, 4)
	for _, name := range []string{"trade", "order_book"} {
		p := fixture(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _, _ = parse(p, dst)
			}
		})
	}
}

// FuzzParse: whatever comes, what is told is whole, and errors are of one kind.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, name := range files {
		p, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(p)
		f.Add(p[:len(p)/2])
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		parse := parser(btc)
		us, _, err := parse(p, nil)
		var bad *exchange.FrameError
		if err != nil && !errors.Is(err, ErrReconnect) && !errors.As(err, &bad) {
			t.Fatalf("%v", err)
		}
		for _, u := range us {
			switch {
			case u.Market != btc.Market:
				t.Fatalf("about %q", u.Market)
			case u.Groups == ticker.TradeGroup && u.Trade.Price.IsPos() && u.Quote == ticker.Quote{}:
			case u.Groups == ticker.QuoteGroup && u.Trade == ticker.Trade{} && !u.Quote.Bid.IsNeg() && !u.Quote.Ask.IsNeg():
			default:
				t.Fatalf("%+v", u)
			}
		}
		if us, _, err := parse(fixture(t, "trade"), nil); err != nil && !errors.Is(err, ErrReconnect) || len(us) != 1 {
			t.Fatalf("the next frame is lost: %v", err)
		}
	})
}

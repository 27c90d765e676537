package flatjson

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// coinbaseTicker is of the form documented, with values of our own.
const coinbaseTicker = `{"type":"ticker","sequence":37475248783,"product_id":"ETH-USD","price":"1285.22","open_24h":"1310.79",` +
	`"volume_24h":"245532.79269678","low_24h":"1280.52","high_24h":"1313.8","volume_30d":"9788783.60117027",` +
	`"best_bid":"1285.04","best_bid_size":"0.46688654","best_ask":"1285.27","best_ask_size":"1.56637040",` +
	`"side":"buy","time":"2022-10-19T23:28:22.061769Z","trade_id":370843401,"last_size":"11.4396987"}`

// hundred is an array of a hundred of them.
var hundred = "[" + strings.Repeat(coinbaseTicker+",", 99) + coinbaseTicker + "]"

// readTicker is what an adapter's table looks like.
func readTicker(s *Scanner, u *ticker.Update) {
	for key := range s.Object {
		switch string(key) {
		case "type":
			if string(s.Text()) != "ticker" {
				return
			}
		case "product_id":
			u.Groups = ticker.Groups(len(s.Text()))
		case "trade_id":
			s.Uint(&u.Trade.Key)
		case "price":
			s.Amount(&u.Trade.Price)
		case "last_size":
			s.Amount(&u.Trade.Size)
		case "time":
			s.Time(&u.Trade.Time)
		case "best_bid":
			s.Amount(&u.Quote.Bid)
		case "best_bid_size":
			s.Amount(&u.Quote.BidSize)
		case "best_ask":
			s.Amount(&u.Quote.Ask)
		case "best_ask_size":
			s.Amount(&u.Quote.AskSize)
		case "open_24h":
			s.Amount(&u.Stats.Open)
		case "high_24h":
			s.Amount(&u.Stats.High)
		case "low_24h":
			s.Amount(&u.Stats.Low)
		case "volume_24h":
			s.Amount(&u.Stats.Volume)
		}
	}
}

func TestAllocs(t *testing.T) {
	one, many := []byte(coinbaseTicker), []byte(hundred)
	var s Scanner
	var u ticker.Update
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		s.Reset(one)
		readTicker(&s, &u)
		if s.End() != nil || s.Mismatch() != nil {
			t.Fail()
		}
	}))
	assert.Equal(t, uint64(370843401), u.Trade.Key)
	assert.Equal(t, "0.46688654", u.Quote.BidSize.String())
	us := make([]ticker.Update, 0, 100)
	assert.Zero(t, testing.AllocsPerRun(10, func() {
		s.Reset(many)
		us = us[:0]
		for range s.Array {
			us = append(us, ticker.Update{})
			readTicker(&s, &us[len(us)-1])
		}
		if s.End() != nil {
			t.Fail()
		}
	}))
	require.Len(t, us, 100)
	assert.Equal(t, u, us[99])
	escaped := []byte(`{"a":"\u0041","b":"\n\n","c":[[[{"d":"é"}]]],"e":null}`)
	assert.Zero(t, testing.AllocsPerRun(10, func() {
		s.Reset(escaped)
		for range s.Object {
			s.Raw()
		}
		if s.End() != nil {
			t.Fail()
		}
	}))
}

// theirs is the same for encoding/json; its Decimals unmarshal themselves.
type theirs struct {
	Type    string          `json:"type"`
	Product string          `json:"product_id"`
	TradeID uint64          `json:"trade_id"`
	Price   decimal.Decimal `json:"price"`
	Size    decimal.Decimal `json:"last_size"`
	Time    time.Time       `json:"time"`
	Bid     decimal.Decimal `json:"best_bid"`
	BidSize decimal.Decimal `json:"best_bid_size"`
	Ask     decimal.Decimal `json:"best_ask"`
	AskSize decimal.Decimal `json:"best_ask_size"`
	Open    decimal.Decimal `json:"open_24h"`
	High    decimal.Decimal `json:"high_24h"`
	Low     decimal.Decimal `json:"low_24h"`
	Volume  decimal.Decimal `json:"volume_24h"`
}

func BenchmarkOneTicker(b *testing.B) {
	m := []byte(coinbaseTicker)
	b.Run("flatjson", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(m)))
		var s Scanner
		var u ticker.Update
		for b.Loop() {
			s.Reset(m)
			readTicker(&s, &u)
			if s.End() != nil {
				b.Fail()
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(m)))
		for b.Loop() {
			var v theirs
			if json.Unmarshal(m, &v) != nil {
				b.Fail()
			}
		}
	})
}

func BenchmarkHundredTickers(b *testing.B) {
	m := []byte(hundred)
	b.Run("flatjson", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(m)))
		var s Scanner
		us := make([]ticker.Update, 0, 100)
		for b.Loop() {
			s.Reset(m)
			us = us[:0]
			for range s.Array {
				us = append(us, ticker.Update{})
				readTicker(&s, &us[len(us)-1])
			}
			if s.End() != nil {
				b.Fail()
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(m)))
		var vs []theirs
		for b.Loop() {
			if json.Unmarshal(m, &vs) != nil {
				b.Fail()
			}
		}
	})
}

func BenchmarkSkip(b *testing.B) {
	m := []byte(hundred)
	b.SetBytes(int64(len(m)))
	var s Scanner
	for b.Loop() {
		s.Reset(m)
		if s.End() != nil {
			b.Fail()
		}
	}
}

package bench

import (
	"context"
	"encoding/json"
	"time"

	"github.com/govalues/decimal"
)

// decodeRows compare the reading of messages, from bytes to a struct that holds
// exact decimals. All that read the same message read the same fields of it into
// the same struct.
func decodeRows() []Row {
	one, many := coinbaseTicker, binanceTickers(100)
	ones, manys := coinbaseReaders(), binanceReaders()
	rows := []Row{
		decodeRow("decode/one", "decode one Coinbase ticker", AtLeast(5, ""), one, ones),
		decodeRow("decode/array", "decode an array of 100 tickers", AtLeast(6, ""), many, manys),
	}
	for i := 1; i < len(ones)-1; i++ { // beside ours, for information
		rows = append(rows,
			decodeRow("decode/one/"+ones[i].name, "decode one Coinbase ticker", Goal{}, one, ones[i:]),
			decodeRow("decode/array/"+manys[i].name, "decode an array of 100 tickers", Goal{}, many, manys[i:]))
	}
	return append(rows, adapterRows(ones[len(ones)-1], manys[len(manys)-1])...)
}

// reader is one way to read a message.
type reader[T any] struct {
	name string
	read func(message []byte, v *T) error
}

// decodeRow compares the first reader with the last.
func decodeRow[T any](name, what string, goal Goal, message []byte, readers []reader[T]) Row {
	ours, theirs := readers[0], readers[len(readers)-1]
	return Row{
		Name: name, What: what + ": " + ours.name + " against " + theirs.name, Goal: goal,
		Pair: func(context.Context, Settings) (*Pair, error) {
			return &Pair{Ours: ours.side(message), Bare: theirs.side(message)}, nil
		},
	}
}

func (r reader[T]) side(message []byte) Side {
	var v T
	return Side{Name: r.name, Do: func(n int) error {
		for range n {
			if err := r.read(message, &v); err != nil {
				return err
			}
		}
		return nil
	}}
}

// coinbase is what is read of a ticker of Coinbase.
type coinbase struct {
	Type    string          `json:"type"`
	Product string          `json:"product_id"`
	TradeID uint64          `json:"trade_id"`
	Time    time.Time       `json:"time"`
	Price   decimal.Decimal `json:"price"`
	Size    decimal.Decimal `json:"last_size"`
	Bid     decimal.Decimal `json:"best_bid"`
	BidSize decimal.Decimal `json:"best_bid_size"`
	Ask     decimal.Decimal `json:"best_ask"`
	AskSize decimal.Decimal `json:"best_ask_size"`
	Open    decimal.Decimal `json:"open_24h"`
	High    decimal.Decimal `json:"high_24h"`
	Low     decimal.Decimal `json:"low_24h"`
	Volume  decimal.Decimal `json:"volume_24h"`
}

func coinbaseReaders() []reader[coinbase] {
	return []reader[coinbase]{
		{"internal/flatjson", flatCoinbase()},
		{"jsonparser", jsonparserCoinbase()},
		{"fastjson", fastjsonCoinbase()},
		{"encoding/json", func(m []byte, v *coinbase) error {
			*v = coinbase{}
			return json.Unmarshal(m, v)
		}},
	}
}

// binance is what is read of a ticker of Binance: what the library needs, and
// what encoding/json, which compares keys without regard to case, would take for it.
type binance struct {
	Kind      string          `json:"e"`
	Sent      uint64          `json:"E"`
	Symbol    string          `json:"s"`
	Last      decimal.Decimal `json:"c"`
	LastSize  decimal.Decimal `json:"Q"`
	Bid       decimal.Decimal `json:"b"`
	BidSize   decimal.Decimal `json:"B"`
	Ask       decimal.Decimal `json:"a"`
	AskSize   decimal.Decimal `json:"A"`
	Open      decimal.Decimal `json:"o"`
	High      decimal.Decimal `json:"h"`
	Low       decimal.Decimal `json:"l"`
	Volume    decimal.Decimal `json:"v"`
	Quoted    decimal.Decimal `json:"q"`
	Opened    uint64          `json:"O"`
	Closed    uint64          `json:"C"`
	LastTrade uint64          `json:"L"`
}

func binanceReaders() []reader[[]binance] {
	return []reader[[]binance]{
		{"internal/flatjson", flatBinance()},
		{"jsonparser", jsonparserBinance()},
		{"fastjson", fastjsonBinance()},
		{"encoding/json", func(m []byte, vs *[]binance) error {
			*vs = (*vs)[:0]
			return json.Unmarshal(m, vs)
		}},
	}
}

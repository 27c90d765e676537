package bench

import (
	"github.com/buger/jsonparser"
	"github.com/govalues/decimal"
	"github.com/valyala/fastjson"
)

// What others could read the messages with. jsonparser accepts what is no JSON, such
// as a message that is followed by another; both leave it to the caller to turn text
// into numbers.

func jsonparserCoinbase() func([]byte, *coinbase) error {
	names := table{}
	return func(m []byte, v *coinbase) error {
		*v = coinbase{}
		return jsonparser.ObjectEach(m, func(key, text []byte, _ jsonparser.ValueType, _ int) (err error) {
			if d := v.decimal(key); d != nil {
				return d.UnmarshalText(text)
			}
			switch string(key) {
			case "type":
				v.Type = names.of(text)
			case "product_id":
				v.Product = names.of(text)
			case "trade_id":
				v.TradeID, err = whole(text)
			case "time":
				err = v.Time.UnmarshalText(text)
			}
			return err
		})
	}
}

func jsonparserBinance() func([]byte, *[]binance) error {
	names := table{}
	return func(m []byte, vs *[]binance) (failed error) {
		*vs = (*vs)[:0]
		_, err := jsonparser.ArrayEach(m, func(value []byte, _ jsonparser.ValueType, _ int, _ error) {
			*vs = append(*vs, binance{})
			v := &(*vs)[len(*vs)-1]
			err := jsonparser.ObjectEach(value, func(key, text []byte, _ jsonparser.ValueType, _ int) error {
				return v.set(key, text, names)
			})
			if failed == nil {
				failed = err
			}
		})
		if failed == nil {
			failed = err
		}
		return failed
	}
}

func fastjsonCoinbase() func([]byte, *coinbase) error {
	var p fastjson.Parser
	names := table{}
	return func(m []byte, v *coinbase) error {
		*v = coinbase{}
		top, err := p.ParseBytes(m)
		if err != nil {
			return err
		}
		o, err := top.Object()
		if err != nil {
			return err
		}
		o.Visit(func(key []byte, value *fastjson.Value) {
			if err != nil {
				return
			}
			if d := v.decimal(key); d != nil {
				err = d.UnmarshalText(value.GetStringBytes())
				return
			}
			switch string(key) {
			case "type":
				v.Type = names.of(value.GetStringBytes())
			case "product_id":
				v.Product = names.of(value.GetStringBytes())
			case "trade_id":
				v.TradeID = value.GetUint64()
			case "time":
				err = v.Time.UnmarshalText(value.GetStringBytes())
			}
		})
		return err
	}
}

func fastjsonBinance() func([]byte, *[]binance) error {
	var p fastjson.Parser
	names := table{}
	return func(m []byte, vs *[]binance) error {
		*vs = (*vs)[:0]
		top, err := p.ParseBytes(m)
		if err != nil {
			return err
		}
		for _, value := range top.GetArray() {
			*vs = append(*vs, binance{})
			v := &(*vs)[len(*vs)-1]
			o, notObject := value.Object()
			if notObject != nil {
				return notObject
			}
			o.Visit(func(key []byte, value *fastjson.Value) {
				if id := v.number(key); id != nil {
					*id = value.GetUint64()
				} else if text := value.GetStringBytes(); err == nil && text != nil {
					err = v.set(key, text, names)
				}
			})
		}
		return err
	}
}

// whole reads a number as an id.
func whole(text []byte) (uint64, error) {
	n, err := jsonparser.ParseInt(text)
	return uint64(n), err
}

// decimal returns the field of a key.
func (v *coinbase) decimal(key []byte) *decimal.Decimal {
	switch string(key) {
	case "price":
		return &v.Price
	case "last_size":
		return &v.Size
	case "best_bid":
		return &v.Bid
	case "best_bid_size":
		return &v.BidSize
	case "best_ask":
		return &v.Ask
	case "best_ask_size":
		return &v.AskSize
	case "open_24h":
		return &v.Open
	case "high_24h":
		return &v.High
	case "low_24h":
		return &v.Low
	case "volume_24h":
		return &v.Volume
	}
	return nil
}

// number returns the field of a key that is a whole number.
func (v *binance) number(key []byte) *uint64 {
	switch string(key) {
	case "E":
		return &v.Sent
	case "O":
		return &v.Opened
	case "C":
		return &v.Closed
	case "L":
		return &v.LastTrade
	}
	return nil
}

// set reads the field of a key.
func (v *binance) set(key, text []byte, names table) (err error) {
	if id := v.number(key); id != nil {
		*id, err = whole(text)
		return err
	}
	var d *decimal.Decimal
	switch string(key) {
	case "e":
		v.Kind = names.of(text)
	case "s":
		v.Symbol = names.of(text)
	case "c":
		d = &v.Last
	case "Q":
		d = &v.LastSize
	case "b":
		d = &v.Bid
	case "B":
		d = &v.BidSize
	case "a":
		d = &v.Ask
	case "A":
		d = &v.AskSize
	case "o":
		d = &v.Open
	case "h":
		d = &v.High
	case "l":
		d = &v.Low
	case "v":
		d = &v.Volume
	case "q":
		d = &v.Quoted
	}
	if d == nil {
		return nil
	}
	return d.UnmarshalText(text)
}

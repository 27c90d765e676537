package bench

import "github.com/tickersync/tickersync/internal/flatjson"

// flatCoinbase reads as an adapter does: names are looked up in a table rather
// than copied.
func flatCoinbase() func([]byte, *coinbase) error {
	var s flatjson.Scanner
	names := table{}
	return func(m []byte, v *coinbase) error {
		*v = coinbase{}
		s.Reset(m)
		for key, ok := s.First(); ok; key, ok = s.Next() {
			switch string(key) {
			case "type":
				if string(s.Text()) == "ticker" {
					v.Type = "ticker"
				}
			case "product_id":
				v.Product = names.of(s.Text())
			case "trade_id":
				s.Uint(&v.TradeID)
			case "time":
				s.Time(&v.Time)
			case "price":
				s.Amount(&v.Price)
			case "last_size":
				s.Amount(&v.Size)
			case "best_bid":
				s.Amount(&v.Bid)
			case "best_bid_size":
				s.Amount(&v.BidSize)
			case "best_ask":
				s.Amount(&v.Ask)
			case "best_ask_size":
				s.Amount(&v.AskSize)
			case "open_24h":
				s.Amount(&v.Open)
			case "high_24h":
				s.Amount(&v.High)
			case "low_24h":
				s.Amount(&v.Low)
			case "volume_24h":
				s.Amount(&v.Volume)
			}
		}
		if err := s.Mismatch(); err != nil {
			return err
		}
		return s.End()
	}
}

func flatBinance() func([]byte, *[]binance) error {
	var s flatjson.Scanner
	names := table{}
	return func(m []byte, vs *[]binance) error {
		*vs = (*vs)[:0]
		s.Reset(m)
		for range s.Array {
			*vs = append(*vs, binance{})
			flatTicker(&s, names, &(*vs)[len(*vs)-1])
		}
		if err := s.Mismatch(); err != nil {
			return err
		}
		return s.End()
	}
}

func flatTicker(s *flatjson.Scanner, names table, v *binance) {
	for key, ok := s.First(); ok; key, ok = s.Next() {
		if len(key) != 1 {
			continue
		}
		switch key[0] {
		case 'e':
			if string(s.Text()) == "24hrTicker" {
				v.Kind = "24hrTicker"
			}
		case 'E':
			s.Uint(&v.Sent)
		case 's':
			v.Symbol = names.of(s.Text())
		case 'c':
			s.Amount(&v.Last)
		case 'Q':
			s.Amount(&v.LastSize)
		case 'b':
			s.Amount(&v.Bid)
		case 'B':
			s.Amount(&v.BidSize)
		case 'a':
			s.Amount(&v.Ask)
		case 'A':
			s.Amount(&v.AskSize)
		case 'o':
			s.Amount(&v.Open)
		case 'h':
			s.Amount(&v.High)
		case 'l':
			s.Amount(&v.Low)
		case 'v':
			s.Amount(&v.Volume)
		case 'q':
			s.Amount(&v.Quoted)
		case 'O':
			s.Uint(&v.Opened)
		case 'C':
			s.Uint(&v.Closed)
		case 'L':
			s.Uint(&v.LastTrade)
		}
	}
}

// table holds the names seen, so that each is copied once.
type table map[string]string

func (t table) of(name []byte) string {
	s, ok := t[string(name)]
	if !ok {
		s = string(name)
		t[s] = s
	}
	return s
}

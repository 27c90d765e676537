package flatjson_test

import (
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/internal/flatjson"
)

func Example() {
	var (
		s        flatjson.Scanner // one a connection
		bid, ask decimal.Decimal
		market   string
		at       time.Time
	)
	s.Reset([]byte(`{"symbol":"BTC\/EUR", "bid":"50000.10", "ask":5.0002e4, "fees":{"bid":1}, "time":"2026-09-04T00:21:20.217476Z"}`))
	whole := true
	for key := range s.Object {
		switch string(key) {
		case "symbol":
			market = string(s.Text())
		case "bid":
			whole = s.Amount(&bid) && whole
		case "ask":
			whole = s.Amount(&ask) && whole
		case "time":
			s.Time(&at)
		}
	}
	fmt.Println(s.End(), s.Mismatch(), whole)
	fmt.Println(market, bid, ask, at.Nanosecond())
	// Output:
	// <nil> <nil> true
	// BTC/EUR 50000.1 50002 217476000
}

// A bad row costs itself.
func ExampleScanner_Mismatch() {
	var s flatjson.Scanner
	s.Reset([]byte(`[{"last":"1.5"},{"last":true},{"last":"2.5"}]`))
	for range s.Array {
		var last decimal.Decimal
		for key := range s.Object {
			if string(key) == "last" {
				s.Amount(&last)
			}
		}
		fmt.Println(last, s.Mismatch())
	}
	fmt.Println(s.End())
	// Output:
	// 1.5 <nil>
	// 0 flatjson: no amount before byte 28
	// 2.5 <nil>
	// <nil>
}

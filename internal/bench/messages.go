package bench

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
)

// coinbaseTicker is a message of Coinbase's ticker channel, of the form documented.
//
//go:embed testdata/coinbase_ticker.json
var coinbaseTicker []byte

// binanceTickers is an array of tickers as Binance sends them, the same at each
// call: eight decimals, of which a price uses two to eight, a size none to five.
func binanceTickers(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	number := func(v float64, decimals int) string {
		return fmt.Sprintf("%.*f", decimals, v) + ".00000000"[min(1, decimals)+decimals:]
	}
	b := []byte{'['}
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		p := 10 * (1 + r.Float64()*float64(i))
		price := func(v float64) string { return number(v, 2+i%7) }
		size := func(v float64) string { return number(r.Float64()*v, i%6) }
		b = fmt.Appendf(b, `{"e":"24hrTicker","E":%d,"s":"M%03dUSDT","p":"%s","P":"%.3f","w":"%s","x":"%s","c":"%s","Q":"%s",`+
			`"b":"%s","B":"%s","a":"%s","A":"%s","o":"%s","h":"%s","l":"%s","v":"%s","q":"%s","O":%d,"C":%d,"F":%d,"L":%d,"n":%d}`,
			1767225600123+i, i, price(p/36), 100./36, price(p*0.98), price(p*0.97), price(p), size(9),
			price(p*0.999), size(900), price(p*1.001), size(900), price(p*0.97), price(p*1.04), price(p*0.95),
			size(1e5), price(1e6*r.Float64()), 1767139200100+i, 1767225600100+i, 5_000_000+i*1000, 5_050_000+i*1001, 50_000+i)
	}
	return append(b, ']')
}

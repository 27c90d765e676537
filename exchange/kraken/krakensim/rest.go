package krakensim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

// REST answers GET /0/public/AssetPairs and /0/public/Ticker.
func (d *Dialect) REST(w http.ResponseWriter, r *http.Request, v *simexchange.View) {
	display := r.URL.Query().Get("assetVersion") == "1" && !d.OldNames
	var result string
	switch r.URL.Path {
	case "/0/public/AssetPairs":
		result = d.pairs(v, display)
	case "/0/public/Ticker":
		asked, ok := r.URL.Query()["pair"]
		names := strings.Split(strings.Join(asked, ","), ",")
		if result, ok = tickers(v, names, ok, display); !ok {
			d.Fail(w, r, http.StatusBadRequest)
			return
		}
	default:
		d.Fail(w, r, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = fmt.Fprintf(w, `{"error":[],"result":{%s}}`, result)
}

// pairs writes the list. Slashes are escaped, and for the busiest pairs there are
// dark pools, which have no wsname.
func (d *Dialect) pairs(v *simexchange.View, display bool) string {
	var rows []string
	for _, m := range v.Markets() {
		p := pairOf(m.Market)
		key, base, quote := p.key, p.base, p.quote
		if display {
			key = p.display
			base, quote = m.Market.Split()
		}
		status := `,"status":"online"`
		if !m.Trading {
			status = `,"status":"cancel_only"`
		} else if d.OldNames {
			status = ""
		}
		const form = `%s:{"altname":%q%s,"aclass_base":"currency","base":%q,"aclass_quote":"currency","quote":%q,` +
			`"pair_decimals":1,"lot_decimals":8,"lot_multiplier":1,"fees":[[0,0.26],[50000,0.24]],"ordermin":"0.0002"%s}`
		ws := `,"wsname":` + escaped(p.wsname)
		rows = append(rows, fmt.Sprintf(form, escaped(key), p.altname, ws, base, quote, status))
		if base, _ := m.Market.Split(); base == "BTC" {
			rows = append(rows, fmt.Sprintf(form, escaped(key+".d"), p.altname+".d", "", p.base, p.quote, status))
		}
	}
	return strings.Join(rows, ",")
}

func escaped(s string) string {
	p, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings always marshal
	}
	return strings.ReplaceAll(string(p), "/", `\/`)
}

// tickers writes the tickers of the pairs asked for, or of all. One that is not
// known fails the whole.
func tickers(v *simexchange.View, names []string, some, display bool) (string, bool) {
	var rows []string
	byName := map[string]ticker.Market{}
	for _, m := range v.Markets() {
		p := pairOf(m.Market)
		byName[p.key], byName[p.altname], byName[p.wsname] = m.Market, m.Market, m.Market
		if !some {
			names = append(names, p.key)
		}
	}
	for _, name := range names {
		if name == "" && !some {
			continue
		}
		m, ok := byName[name]
		if !ok {
			return "", false
		}
		t, _ := v.Ticker(m)
		p := pairOf(m)
		key := p.key
		if display {
			key = p.display
		}
		rows = append(rows, escaped(key)+":"+row(&t))
	}
	return strings.Join(rows, ","), true
}

// row writes one ticker. Of [today, last 24 hours] the first are those of just
// after midnight: nothing.
func row(t *ticker.Ticker) string {
	return fmt.Sprintf(`{"a":[%q,"1",%q],"b":[%q,"1",%q],"c":[%q,%q],"v":["0.00000000",%q],"p":["0.00000","1.00000"],`+
		`"t":[0,38907],"l":["0.00000",%q],"h":["0.00000",%q],"o":%q}`,
		padded(t.Quote.Ask), padded(t.Quote.AskSize), padded(t.Quote.Bid), padded(t.Quote.BidSize),
		padded(t.Trade.Price), padded(t.Trade.Size), padded(t.Stats.Volume),
		padded(t.Stats.Low), padded(t.Stats.High), padded(t.Stats.Open))
}

// padded writes a number as REST does, with zeros at its end, but for those that
// leave no room for them.
func padded(d decimal.Decimal) string { return d.Pad(min(d.Scale()+2, 5)).String() }

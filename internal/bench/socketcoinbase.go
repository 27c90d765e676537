package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tickersync/tickersync/exchange"
	coinbaseadapter "github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/internal/flood"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// coinbaseMarkets is how many markets the messages of the venue are about.
const coinbaseMarkets = 500

// wide is the adapter with all markets on one connection, of which it takes more.
type wide struct{ *coinbaseadapter.Source }

func (w wide) Feed() exchange.Feed {
	f := w.Source.Feed()
	f.PerConnection = 0
	return f
}

// coinbaseVenue tells tickers of Coinbase, each of another market than the last.
func coinbaseVenue() *venue {
	v := &venue{end: "END-USD", symbol: "END-USD"}
	var ids []string
	for i := range coinbaseMarkets {
		ids = append(ids, fmt.Sprintf("M%03d-USD", i))
		v.messages = append(v.messages, coinbaseMessage(ids[i]))
	}
	v.last = coinbaseMessage(v.symbol)
	v.rest = coinbaseREST(append(ids, v.symbol))
	v.said = func(c *flood.Conn, message []byte) { coinbaseAnswer(c, message, v) }
	v.beat = coinbaseBeat(v.symbol)
	v.run = func(ctx context.Context, book *ticker.Book, s *flood.Server, dial dialer) error {
		src := coinbaseadapter.New(&exchange.Options{RESTURL: s.RESTURL, WebSocketURL: s.URL, Dial: dial})
		return singlesync.Run(ctx, book, wide{src}, nil)
	}
	return v
}

// coinbaseMessage is the message that is decoded elsewhere, of another market.
func coinbaseMessage(id string) []byte {
	return []byte(strings.NewReplacer(
		"ETH-USD", id,
		"2022-10-19T23:28:22.061769Z", strings.Repeat("@", 27),
		"370843401", strings.Repeat("#", 10),
	).Replace(string(bytes.TrimSpace(coinbaseTicker))))
}

// coinbaseREST lists the products, and answers for each a ticker older than any that
// is told.
func coinbaseREST(ids []string) http.Handler {
	type product struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	}
	var list []product
	for _, id := range ids {
		list = append(list, product{id, "online"})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /products", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(list) })
	mux.HandleFunc("GET /products/{id}/ticker", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"trade_id":1,"price":"1285","size":"1","time":"2022-10-19T23:28:22.061769Z","bid":"1284","ask":"1286","volume":"1"}`)
	})
	return mux
}

// coinbaseAnswer acknowledges a subscription, and tells the last ticker of each
// product as the exchange does.
func coinbaseAnswer(c *flood.Conn, message []byte, v *venue) {
	var said struct {
		Type     string
		IDs      []string `json:"product_ids"`
		Channels []string
	}
	if json.Unmarshal(message, &said) != nil || said.Type != "subscribe" {
		return
	}
	type channel struct {
		Name string   `json:"name"`
		IDs  []string `json:"product_ids"`
	}
	ack := struct {
		Type     string    `json:"type"`
		Channels []channel `json:"channels"`
	}{Type: "subscriptions"}
	for _, name := range said.Channels {
		ack.Channels = append(ack.Channels, channel{name, said.IDs})
	}
	p, err := json.Marshal(ack)
	if err != nil || c.Write(p) != nil || c.Write(coinbaseBeat(said.IDs[0])) != nil {
		return
	}
	for _, id := range said.IDs {
		first := bytes.ReplaceAll(coinbaseMessage(id), []byte("##########"), []byte("1"))
		if c.Play(flood.NewTape(first), 1) != nil {
			return
		}
	}
}

// coinbaseBeat names no trade, as heartbeats did for years.
func coinbaseBeat(id string) []byte {
	return fmt.Appendf(nil, `{"type":"heartbeat","sequence":1,"last_trade_id":0,"product_id":%q,"time":%q}`,
		id, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"))
}

package exchange_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/memnet"
	"github.com/tickersync/tickersync/internal/wsconn"
	"github.com/tickersync/tickersync/ticker"
)

// session speaks with an exchange whose frames are words: "want BTCEUR", which it
// answers with "have BTCEUR" or "sorry BTCEUR", and prices: "BTCEUR 50000.10".
type session struct{ sub *exchange.Subscription }

func (s session) Subscribe(add, _ []exchange.Listing) {
	for _, l := range add {
		s.sub.Send([]byte("want " + l.Symbol))
		s.sub.Await(l.Market, l.Symbol)
	}
}

func (s session) Parse(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	first, second, _ := strings.Cut(string(frame), " ")
	switch first {
	case "have":
		s.sub.Ack(second)
		return dst, false, nil
	case "sorry":
		s.sub.Refuse(second, "no such market")
		return dst, false, nil
	}
	u := ticker.Update{Groups: ticker.TradeGroup}
	var ok bool
	if u.Market, ok = s.sub.Market([]byte(first)); !ok {
		return dst, false, exchange.NewFrameError("words", "", frame, exchange.ErrUnknownMarket)
	}
	var err error
	if u.Trade.Price, err = exchange.ParseDecimal([]byte(second)); err != nil {
		return dst, false, exchange.NewFrameError("words", u.Market, frame, err)
	}
	return append(dst, u), true, nil
}

func ExampleWebSocket() {
	client, done := words()
	defer done()

	ws := &exchange.WebSocket{
		Name:      "words",
		Options:   &exchange.Options{WebSocketURL: "ws://exchange.example/", HTTPClient: client, Connects: exchange.NewBudget(8, 20)},
		Session:   func(sub *exchange.Subscription) exchange.Session { return session{sub} },
		FrameRate: 5,
	}
	ctx := context.Background()
	stream, err := ws.Connect(ctx, []exchange.Listing{{Market: "BTC-EUR", Symbol: "BTCEUR"}, {Market: "XYZ-EUR", Symbol: "XYZEUR"}})
	fmt.Println(err)
	defer stream.Close()
	us, err := stream.Read(ctx, nil)
	fmt.Println(us[0].Market, us[0].Trade.Price, err)
	// Output:
	// exchange: 1 markets refused: "XYZ-EUR" "no such market"
	// BTC-EUR 50000.1 <nil>
}

// words is the exchange, in memory.
func words() (client *http.Client, done func()) {
	l := memnet.Listen()
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := wsconn.Accept(w, r, 0)
		if err != nil {
			return
		}
		defer c.Close()
		for {
			frame, err := c.Read(context.Background(), nil)
			if err != nil {
				return
			}
			answer := "sorry XYZEUR"
			if string(frame) == "want BTCEUR" {
				_ = c.Write(context.Background(), []byte("BTCEUR 50000.10")) // before the answer
				answer = "have BTCEUR"
			}
			_ = c.Write(context.Background(), []byte(answer))
		}
	})}
	go srv.Serve(l)
	client = l.Client()
	return client, func() { client.CloseIdleConnections(); srv.Close() }
}

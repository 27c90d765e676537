package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/memnet"
)

func Example() {
	l := memnet.Listen() // the exchange, in memory
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/tickers" {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		fmt.Fprint(w, `{"BTC-EUR":"50000.10"}`)
	})}
	go srv.Serve(l)
	defer srv.Close()
	client := l.Client()
	defer client.CloseIdleConnections()

	// what an adapter does with the options it was given
	given := &exchange.Options{HTTPClient: client}
	o := given.WithDefaults(exchange.Options{RESTURL: "http://api.example", Budget: exchange.NewBudget(3, 5)})
	rest := exchange.NewREST("example", o, "")
	answer, err := rest.Get(context.Background(), "/tickers", 1)
	fmt.Println(string(answer.Body), err)

	_, err = rest.Get(context.Background(), "/candles", 1)
	var limit *exchange.RateLimitError
	fmt.Println(errors.As(err, &limit), limit.RetryAfter, o.Budget.Left())
	// Output:
	// {"BTC-EUR":"50000.10"} <nil>
	// true 30s 0
}

func ExampleParseDecimal() {
	for _, s := range []string{"50000.10", "8e-08", "0.30000000000000000004", "nan"} {
		fmt.Println(exchange.ParseDecimal([]byte(s)))
	}
	// Output:
	// 50000.1 <nil>
	// 0.00000008 <nil>
	// 0 exchange: number does not fit a decimal exactly
	// 0 exchange: not a number: "nan"
}

package ticker_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker"
)

// An engine writes a Book; here a few lines stand in for one, so that the example
// runs without an exchange.
func filled() *ticker.Book {
	var book ticker.Book
	feed := ticker.Feed{
		Trade: ticker.Told{Kind: ticker.EveryChange, REST: true},
		Quote: ticker.Told{Kind: ticker.EveryChange, REST: true},
	}
	link := book.Link([]ticker.Market{"BTC-EUR", "ETH-EUR"}, feed)
	u := ticker.Update{Ticker: ticker.Ticker{Market: "BTC-EUR"}, Groups: ticker.TradeGroup | ticker.QuoteGroup}
	u.Trade.Price, u.Trade.Size = decimal.MustParse("50000.2"), decimal.MustParse("0.5")
	u.Quote.Bid, u.Quote.Ask = decimal.MustParse("50000.1"), decimal.MustParse("50000.2")
	_ = link.Stream([]ticker.Update{u}, time.Now())
	return &book
}

func Example() {
	book := filled()
	q, err := book.Quote("BTC-EUR", 2*time.Second)
	fmt.Println(q.Bid, q.Ask, err)

	_, err = book.Quote("ETH-EUR", 2*time.Second)
	fmt.Println(err)
	fmt.Println(errors.Is(err, ticker.ErrUnknown))

	// Output:
	// 50000.1 50000.2 <nil>
	// ticker: market not known: ETH-EUR
	// true
}

func ExampleBook_Watch() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for c := range filled().Watch(ctx) {
		switch {
		case c.End != nil:
			fmt.Println("end:", c.End)
		default:
			fmt.Println(c.Market, c.Quote.Bid, c.Quote.Source)
			cancel()
		}
	}
	// Output:
	// BTC-EUR 50000.1 stream
	// end: context canceled
}

func ExampleBook_Follow() {
	book := filled()
	for c := range book.Follow(context.Background(), 1000) {
		fmt.Println(c.Market, c.Quote.Bid, "moves with link", c.Link, c.Follows == ticker.TradeGroup|ticker.QuoteGroup)
		break
	}
	for _, life := range book.Lives() {
		fmt.Println("link", life.Link, "carries", life.Markets, "markets, open:", life.Closed.IsZero())
	}
	// Output:
	// BTC-EUR 50000.1 moves with link 1 true
	// link 1 carries 2 markets, open: true
}

func ExampleBook_All() {
	for t := range filled().All() {
		spread, _ := t.Quote.Ask.Sub(t.Quote.Bid)
		fmt.Println(t.Market, spread)
	}
	// Output:
	// BTC-EUR 0.1
}

func ExampleBook_Status() {
	st := filled().Status()
	fmt.Println(st.State, st.Known, "of", st.Total, st.Unknown)
	// Output:
	// syncing 1 of 2 [ETH-EUR]
}

func ExampleStaleError() {
	book := filled()
	time.Sleep(20 * time.Millisecond)
	_, err := book.Quote("BTC-EUR", time.Millisecond)
	var stale *ticker.StaleError
	if errors.As(err, &stale) {
		fmt.Println(stale.Market, stale.Age > time.Millisecond, stale.Cause)
	}
	// Output:
	// BTC-EUR true the connection is silent
}

func ExampleMarket_Split() {
	base, quote := ticker.Market("BTC-EUR").Split()
	fmt.Println(base, quote)
	// Output:
	// BTC EUR
}

// A program that ends writes what it knows, and the next one begins with it.
func ExampleBook_ReadFile() {
	dir, err := os.MkdirTemp("", "tickers")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "exchange.tickers")
	if err := filled().WriteFile(path); err != nil {
		log.Fatal(err)
	}

	var book ticker.Book
	if err := book.ReadFile(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Print(err) // damaged, or of another exchange: the Book is as it was
	}
	t, _ := book.Get("BTC-EUR")
	fmt.Println(t.Quote.Bid, t.Quote.Source)
	_, err = book.Quote("BTC-EUR", time.Minute)
	fmt.Println(errors.Is(err, ticker.ErrWarm))
	// Output:
	// 50000.1 warm
	// true
}

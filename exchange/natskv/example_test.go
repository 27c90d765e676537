package natskv_test

import (
	"context"
	"fmt"
	"log"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tickersync/tickersync/exchange/kraken"
	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// A collector keeps the connections to the exchange, and a stand-by is the same
// program on another machine.
func ExamplePublish() {
	ctx := context.Background()
	nc, err := nats.Connect("tls://nats.example.com", nats.UserCredentials("collector.creds"), nats.MaxReconnects(-1))
	if err != nil {
		log.Print(err)
		return
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		log.Print(err)
		return
	}
	var book ticker.Book
	go func() { log.Print(fullsync.Run(ctx, &book, kraken.New(nil), nil)) }()
	log.Print(natskv.Publish(ctx, &book, js, &natskv.Options{Replicas: 3}))
}

// A reader needs a Source and nothing else that is special. Nothing is asked of the
// server before it is used.
func ExampleNewSource() {
	var js jetstream.JetStream // of the caller's connection
	source := natskv.NewSource(js, "tickers-kraken", nil)
	fmt.Println(source.Name(), "is relayed:", source.Feed().Relay)
	// fullsync.Run(ctx, &book, source, nil)

	// Output: kraken is relayed: true
}

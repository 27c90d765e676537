package wsconn_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/tickersync/tickersync/internal/memnet"
	"github.com/tickersync/tickersync/internal/wsconn"
)

func Example() {
	l := memnet.Listen()
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := wsconn.Accept(w, r, 0)
		if err != nil {
			return
		}
		defer c.Close()
		c.Write(r.Context(), []byte(`{"BTC-EUR":50000}`))
		c.CloseWith(1000, "that was all")
	})}
	go srv.Serve(l)
	defer srv.Close()

	ctx := context.Background()
	c, err := wsconn.Dial(ctx, "ws://exchange.example/feed", wsconn.DialOptions{Client: l.Client()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	var buf []byte // used again for every message
	for err == nil {
		if buf, err = c.Read(ctx, buf); err == nil {
			fmt.Println(string(buf))
		}
	}
	fmt.Println(err)
	// Output:
	// {"BTC-EUR":50000}
	// wsconn: closed by the other side: 1000 "that was all"
}

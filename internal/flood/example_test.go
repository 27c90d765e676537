package flood_test

import (
	"context"
	"fmt"

	"github.com/tickersync/tickersync/internal/flood"
	"github.com/tickersync/tickersync/internal/wsconn"
)

// Who subscribes is told three trades.
func Example() {
	tape := flood.NewTape([]byte(`{"market":"BTC-EUR","id":##########}`), []byte(`{"market":"ETH-EUR","id":##########}`))
	s, err := flood.NewServer(nil, func(c *flood.Conn, message []byte) {
		fmt.Println("server was told:", string(message))
		if err := c.Play(tape, 3); err != nil {
			fmt.Println(err)
		}
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	ctx := context.Background()
	c, err := wsconn.Dial(ctx, s.URL, wsconn.DialOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	if err := c.Write(ctx, []byte("subscribe")); err != nil {
		fmt.Println(err)
	}
	for range 3 {
		message, err := c.Read(ctx, nil)
		fmt.Println(string(message), err)
	}
	// Output:
	// server was told: subscribe
	// {"market":"BTC-EUR","id":1000000001} <nil>
	// {"market":"ETH-EUR","id":1000000002} <nil>
	// {"market":"BTC-EUR","id":1000000003} <nil>
}

package bench

import (
	"context"
	"fmt"

	gobinance "github.com/adshao/go-binance/v2"

	"github.com/tickersync/tickersync/internal/flood"
)

// gobinanceRows compare with github.com/adshao/go-binance, which hands each message to
// a callback as strings; ours keeps a Book of exact decimals. One server writes the same
// bytes to both.
func gobinanceRows() []Row {
	return []Row{
		{
			Name: "gobinance/one", Goal: AtLeast(1.5, ""),
			What: "from the socket into a Book, one market's tickers of Binance, against adshao/go-binance's callback",
			Pair: gobinancePair(false, func(symbol string, told func(string), failed func(error)) (done, stop chan struct{}, err error) {
				return gobinance.WsMarketStatServe(symbol, func(e *gobinance.WsMarketStatEvent) { told(e.Symbol) }, failed)
			}),
		},
		{
			Name: "gobinance/array", Goal: AtLeast(6, ""),
			What: "the same with arrays of 100 tickers",
			Pair: gobinancePair(true, func(_ string, told func(string), failed func(error)) (done, stop chan struct{}, err error) {
				return gobinance.WsAllMarketsStatServe(func(es gobinance.WsAllMarketsStatEvent) {
					for _, e := range es {
						told(e.Symbol)
					}
				}, failed)
			}),
		},
	}
}

// serve opens a stream of go-binance, and calls told with the symbol of each ticker.
type serve func(symbol string, told func(string), failed func(error)) (done, stop chan struct{}, err error)

func gobinancePair(array bool, serve serve) func(context.Context, Settings) (*Pair, error) {
	return func(ctx context.Context, _ Settings) (*Pair, error) {
		v := binanceVenue(array)
		s, err := flood.NewServer(v.rest, v.said)
		if err != nil {
			return nil, err
		}
		ours, err := v.open(ctx, s, nil)
		if err != nil {
			s.Close()
			return nil, err
		}
		gobinance.BaseWsMainURL = s.URL + "/ws"
		gobinance.WebsocketKeepalive = false // its goroutine would stay for ten minutes
		ended, failed := make(chan struct{}, 1), make(chan error, 1)
		done, stop, err := serve("M000USDT", func(symbol string) {
			if symbol == v.symbol {
				ended <- struct{}{}
			}
		}, func(err error) {
			select {
			case failed <- err:
			default:
			}
		})
		if err != nil {
			ours.close()
			s.Close()
			return nil, fmt.Errorf("bench: go-binance: %w", err)
		}
		p := &Pair{Close: func() { close(stop); <-done; ours.close(); s.Close() }}
		f, err := v.feed(ctx, s)
		if err != nil {
			p.Close()
			return nil, err
		}
		p.Ours = Side{Do: ours.do}
		p.Bare = Side{Name: "go-binance", Do: func(n int) error {
			played := f.play(n)
			select {
			case <-ended:
				return <-played
			case err := <-failed:
				return err
			}
		}}
		return p, nil
	}
}

package bench

import (
	"context"
	"errors"

	"github.com/tickersync/tickersync/exchange"
	binanceadapter "github.com/tickersync/tickersync/exchange/binance"
	coinbaseadapter "github.com/tickersync/tickersync/exchange/coinbase"
	"github.com/tickersync/tickersync/ticker"
)

// adapterRows compare the whole of an adapter's reading, from a frame that needs no
// network to the update of a market that goes into the Book, with encoding/json as
// before, which only fills a struct.
func adapterRows(coinbases reader[coinbase], binances reader[[]binance]) []Row {
	ticks := binanceTickers(1)
	return []Row{
		adapterRow("coinbase", coinbaseTicker, func(o *exchange.Options) exchange.Source { return coinbaseadapter.New(o) }, "ETH-USD",
			[]string{`{"type":"subscriptions","channels":[{"name":"ticker","product_ids":["ETH-USD"]},{"name":"heartbeat","product_ids":["ETH-USD"]}]}`,
				`{"type":"heartbeat","sequence":1,"last_trade_id":0,"product_id":"ETH-USD","time":"2022-10-19T23:28:22.061769Z"}`},
			coinbases.side(coinbaseTicker)),
		adapterRow("binance", ticks[1:len(ticks)-1], func(o *exchange.Options) exchange.Source { return binanceadapter.New(o) }, "M000USDT",
			[]string{`{"result":null,"id":1}`}, binances.side(ticks)),
	}
}

// adapterRow reads one message, again and again, of a market that was acknowledged.
func adapterRow(name string, message []byte, adapter func(*exchange.Options) exchange.Source, symbol string, acks []string, theirs Side) Row {
	return Row{
		Name: "decode/adapter/" + name, What: "one ticker through the adapter " + name + ", against " + theirs.Name,
		Pair: func(ctx context.Context, _ Settings) (*Pair, error) {
			src := adapter(&exchange.Options{Dial: func(context.Context, string) (exchange.Conn, error) {
				return &repeated{first: acks, message: message}, nil
			}})
			stream, err := src.Connect(ctx, []exchange.Listing{{Market: "AN-Y", Symbol: symbol, Trading: true}})
			if err != nil {
				return nil, err
			}
			var us []ticker.Update
			ours := Side{Name: name, Do: func(n int) error {
				for range n {
					if us, err = stream.Read(ctx, us[:0]); err != nil {
						return err
					}
				}
				if len(us) != 1 || us[0].Market != "AN-Y" || !us[0].Groups.Has(ticker.TradeGroup) {
					return errors.New("the ticker has not been told")
				}
				return nil
			}}
			return &Pair{Ours: ours, Bare: theirs, Close: func() { _ = stream.Close() }}, nil
		},
	}
}

// repeated is a connection that tells what it is to tell first, and then the same
// message for ever.
type repeated struct {
	first   []string
	message []byte
}

func (c *repeated) Read(_ context.Context, dst []byte) ([]byte, error) {
	if len(c.first) > 0 {
		dst = append(dst[:0], c.first[0]...)
		c.first = c.first[1:]
		return dst, nil
	}
	return append(dst[:0], c.message...), nil
}

func (*repeated) Write(context.Context, []byte) error { return nil }
func (*repeated) Ping(context.Context) error          { return nil }
func (*repeated) Close() error                        { return nil }

package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tickersync/tickersync/exchange"
	binanceadapter "github.com/tickersync/tickersync/exchange/binance"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/internal/flatjson"
	"github.com/tickersync/tickersync/internal/flood"
	"github.com/tickersync/tickersync/ticker"
)

// inArray is how many tickers an array has.
const inArray = 100

// binanceVenue tells the tickers of one market one by one, or those of 100 markets in
// one array.
func binanceVenue(array bool) *venue {
	n := 1
	if array {
		n = inArray
	}
	message := bytes.TrimSpace(binanceTickers(n))
	message = regexp.MustCompile(`"L":\d+`).ReplaceAll(message, []byte(`"L":##########`))
	message = regexp.MustCompile(`"E":\d+`).ReplaceAll(message, []byte(`"E":@@@@@@@@@@@@@`))
	first, _, _ := bytes.Cut(message[1:], []byte("}"))
	last := bytes.ReplaceAll(append(first[:len(first):len(first)], '}'), []byte("M000USDT"), []byte("ENDUSDT"))
	v := &venue{end: "END-USDT", symbol: "ENDUSDT"}
	v.beat = []byte(`{"stream":"btcusdt@miniTicker","data":{"e":"24hrMiniTicker","s":"BTCUSDT"}}`)
	if array {
		v.messages, v.last = slices.Repeat([][]byte{message}, 5), slices.Concat([]byte{'['}, last, []byte{']'})
	} else {
		v.messages, v.last = slices.Repeat([][]byte{message[1 : len(message)-1]}, 500), last
	}
	symbols := []string{v.symbol}
	for i := range n {
		symbols = append(symbols, fmt.Sprintf("M%03dUSDT", i))
	}
	v.rest = binanceREST(symbols)
	v.said = binanceAnswer
	v.run = func(ctx context.Context, book *ticker.Book, s *flood.Server, dial dialer) error {
		o := &exchange.Options{RESTURL: s.RESTURL, WebSocketURL: s.URL + "/stream", Dial: dial}
		src := binanceadapter.New(o)
		if !array {
			return fullsync.Run(ctx, book, src, nil)
		}
		ws := &exchange.WebSocket{Name: src.Name(), Options: o, Session: newArrays}
		return fullsync.Run(ctx, book, arrays{src, ws}, nil)
	}
	return v
}

// binanceREST lists the markets, and answers with tickers older than any that is told.
func binanceREST(symbols []string) http.Handler {
	mux := http.NewServeMux()
	rows := func(w http.ResponseWriter, format string) {
		for i, symbol := range symbols {
			if i > 0 {
				fmt.Fprint(w, ",")
			}
			fmt.Fprintf(w, format, symbol, strings.TrimSuffix(symbol, "USDT"))
		}
	}
	mux.HandleFunc("GET /api/v3/exchangeInfo", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"symbols":[`)
		rows(w, `{"symbol":%q,"status":"TRADING","baseAsset":%q,"quoteAsset":"USDT"}`)
		fmt.Fprint(w, `]}`)
	})
	mux.HandleFunc("GET /api/v3/ticker/24hr", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `[`)
		rows(w, `{"symbol":%q,"lastPrice":"1","lastQty":"1","bidPrice":"1","bidQty":"1","askPrice":"2","askQty":"1","openPrice":"1",`+
			`"highPrice":"1","lowPrice":"1","volume":"1","closeTime":1767225600100,"lastId":1,"base":%q}`)
		fmt.Fprint(w, `]`)
	})
	return mux
}

// binanceAnswer acknowledges a subscription.
func binanceAnswer(c *flood.Conn, message []byte) {
	var said struct{ ID int }
	if json.Unmarshal(message, &said) == nil {
		_ = c.Write(fmt.Appendf(nil, `{"result":null,"id":%d}`, said.ID))
	}
}

// arrays is the adapter, but for its stream, which is that of all markets in one array.
// The exchange has retired it, so the adapter does not read it; this is what it takes.
type arrays struct {
	*binanceadapter.Source
	ws *exchange.WebSocket
}

func (a arrays) Feed() exchange.Feed {
	f := a.Source.Feed()
	f.Quote = f.Trade
	f.Quote.REST = false // whose answers here are older than the stream, and without a key to tell
	return f
}

func (a arrays) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	return a.ws.Connect(ctx, ms)
}

type arraySession struct {
	sub  *exchange.Subscription
	scan flatjson.Scanner
}

func newArrays(sub *exchange.Subscription) exchange.Session { return &arraySession{sub: sub} }

func (s *arraySession) Subscribe(_, _ []exchange.Listing) {
	s.sub.Send([]byte(`{"method":"SUBSCRIBE","params":["!ticker@arr"],"id":1}`))
}

func (s *arraySession) Parse(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	s.scan.Reset(frame)
	if s.scan.Kind() != '[' {
		return dst, true, s.scan.End()
	}
	for range s.scan.Array {
		dst = append(dst, ticker.Update{})
		if !s.row(&dst[len(dst)-1]) {
			dst = dst[:len(dst)-1]
		}
	}
	err := s.scan.Mismatch()
	if syntax := s.scan.End(); syntax != nil {
		err = syntax
	}
	return dst, err == nil, err
}

// row reads one ticker of an array. False: it is of no market that is known.
func (s *arraySession) row(u *ticker.Update) (known bool) {
	scan, stamp := &s.scan, ticker.Stamp{}
	for key, ok := scan.First(); ok; key, ok = scan.Next() {
		if len(key) != 1 {
			continue
		}
		switch key[0] {
		case 's':
			u.Market, known = s.sub.Market(scan.Text())
		case 'E':
			scan.Unix(&stamp.Time, time.Millisecond)
		case 'L':
			scan.Uint(&stamp.Key)
		case 'c':
			scan.Amount(&u.Trade.Price)
		case 'Q':
			scan.Amount(&u.Trade.Size)
		case 'b':
			scan.Amount(&u.Quote.Bid)
		case 'B':
			scan.Amount(&u.Quote.BidSize)
		case 'a':
			scan.Amount(&u.Quote.Ask)
		case 'A':
			scan.Amount(&u.Quote.AskSize)
		case 'o':
			scan.Amount(&u.Stats.Open)
		case 'h':
			scan.Amount(&u.Stats.High)
		case 'l':
			scan.Amount(&u.Stats.Low)
		case 'v':
			scan.Amount(&u.Stats.Volume)
		}
	}
	u.Groups = ticker.TradeGroup | ticker.QuoteGroup | ticker.StatsGroup
	u.Trade.Stamp, u.Quote.Stamp, u.Stats.Stamp = stamp, stamp, stamp
	return known
}

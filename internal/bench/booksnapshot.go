package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// bookSnapshotRows are how long a reader waits at most while a snapshot of 10,000
// markets is merged under a live stream, against what encoding/json takes to decode
// its bytes once, and how long one waits as a rule.
func bookSnapshotRows() []Row {
	return []Row{
		{
			Name: "book/snapshot", Goal: AtMost(0.1, ""), What: "the longest wait of a reader while 10,000 markets are merged, against encoding/json's decoding of them",
			Measure: bookSnapshot(1),
		},
		{
			Name: "book/snapshot/p50", What: "half of the waits",
			Measure: bookSnapshot(0.5),
		},
	}
}

func bookSnapshot(part float64) func(context.Context, Settings) (Result, error) {
	return func(ctx context.Context, s Settings) (Result, error) {
		n := 10_000
		if s.Quick {
			n = 500
		}
		var r Result
		var waits, decodes []float64
		body := bytes.TrimSpace(binanceTickers(n))
		for range s.Rounds {
			if ctx.Err() != nil {
				return Result{}, context.Cause(ctx)
			}
			began := time.Now()
			var decoded []binance
			if err := json.Unmarshal(body, &decoded); err != nil {
				return Result{}, err
			}
			decode := time.Since(began)
			wait, err := bookMerge(decoded, part)
			if err != nil {
				return Result{}, err
			}
			waits, decodes = append(waits, float64(wait)), append(decodes, float64(decode))
			r.Values = append(r.Values, float64(wait)/float64(decode))
		}
		r.Note = fmt.Sprintf("%s against %s", span(quantile(waits, 0.5)), span(quantile(decodes, 0.5)))
		return r, nil
	}
}

// bookMerge merges a snapshot into a Book of whose markets the stream has told every
// tenth, and goes on to, and returns how long a reader waited.
func bookMerge(decoded []binance, part float64) (time.Duration, error) {
	var book ticker.Book
	us := make([]ticker.Update, len(decoded))
	var markets, told []ticker.Market
	for i, d := range decoded {
		u := &us[i]
		u.Market, u.Groups = ticker.Market(d.Symbol), ticker.AllGroups
		u.Trade.Price, u.Trade.Size, u.Trade.Key = d.Last, d.LastSize, d.LastTrade
		u.Quote.Bid, u.Quote.BidSize, u.Quote.Ask, u.Quote.AskSize = d.Bid, d.BidSize, d.Ask, d.AskSize
		u.Stats.Open, u.Stats.High, u.Stats.Low, u.Stats.Volume = d.Open, d.High, d.Low, d.Volume
		markets = append(markets, u.Market)
		if i%10 == 0 {
			told = append(told, u.Market)
		}
	}
	link := book.Link(markets, bookFeed)
	messages := newMessages()
	if err := messages.fill(link, told); err != nil {
		return 0, err
	}
	asked := time.Now()
	done, failed := make(chan struct{}), make(chan error, 1)
	go func() { // the live stream
		for i := 0; ; i++ {
			select {
			case <-done:
				failed <- nil
				return
			default:
			}
			us, _ := messages.tell(told[i%len(told)])
			if err := link.Stream(us, time.Now()); err != nil {
				failed <- err
				return
			}
			time.Sleep(100 * time.Microsecond)
		}
	}()
	go func() {
		link.Answer(us, asked, true)
		close(done)
	}()
	var waits []float64
	for i, merged := 0, false; !merged; i++ {
		select {
		case <-done:
			merged = true
		default:
		}
		began := time.Now()
		book.Get(told[i%len(told)])
		waits = append(waits, float64(time.Since(began)))
	}
	return time.Duration(quantile(waits, part)), <-failed
}

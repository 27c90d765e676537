package main

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// join measures how long a Book that comes late takes until it is synced, against how
// long it takes to read the bucket bare. Both by one connection, in turns.
func join(ctx context.Context, s settings) ([]row, error) {
	st, err := openStage(ctx, s, 1, 0)
	if err != nil {
		return nil, err
	}
	defer st.remove()
	nc, js, err := connect(st.url)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	r := row{what: fmt.Sprintf("a late joiner's Book synced at %d markets, against a bare WatchAll to its end", s.markets), goal: atMost(1.5)}
	live := row{what: "the same until it is live: a publisher has been heard", unit: " ms"}
	var ours, bare []float64
	times := 2*s.rounds + 1
	if s.quick {
		times = 2
	}
	for range times {
		b, err := watchToEnd(ctx, js)
		if err != nil {
			return nil, err
		}
		o, l, err := joins(ctx, js)
		if err != nil {
			return nil, err
		}
		ours, bare = append(ours, ms(o)), append(bare, ms(b))
		r.values, live.values = append(r.values, o.Seconds()/b.Seconds()), append(live.values, ms(l))
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
	r.values = r.values[1:] // the first round warms
	r.note = fmt.Sprintf("%s against %s ms", figure(quantile(ours[1:], 0.5)), figure(quantile(bare[1:], 0.5)))
	return []row{r, live}, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// watchToEnd reads a bucket by the means of JetStream's client.
func watchToEnd(ctx context.Context, js jetstream.JetStream) (time.Duration, error) {
	start := time.Now()
	kv, err := js.KeyValue(ctx, deskBucket)
	if err != nil {
		return 0, err
	}
	w, err := kv.WatchAll(ctx)
	if err != nil {
		return 0, err
	}
	for e := range w.Updates() {
		if e == nil {
			break
		}
	}
	took := time.Since(start)
	return took, w.Stop()
}

// joins reads a bucket into a Book.
func joins(ctx context.Context, js jetstream.JetStream) (synced, live time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var book ticker.Book
	start, done := time.Now(), make(chan error, 1)
	go func() { done <- fullsync.Run(ctx, &book, natskv.NewSource(js, deskBucket, nil), nil) }()
	if err = book.WaitSynced(ctx); err == nil {
		synced = time.Since(start)
		err = until(ctx, "the late reader is not live", func() bool {
			st := book.Status()
			return st.State == ticker.Live && st.Origin.Epoch != 0
		})
		live = time.Since(start)
	}
	cancel()
	<-done
	return synced, live, err
}

package main

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tickersync/tickersync/exchange/natskv"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/ticker"
)

// far is a Book at the far end.
type far struct {
	book ticker.Book
	nc   *nats.Conn
	end  func() // and waits for it
}

// openFar begins to read a bucket.
func openFar(ctx context.Context, url, bucket string) (*far, error) {
	nc, js, err := connect(url)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &far{nc: nc}
	var wg sync.WaitGroup
	wg.Go(func() { _ = fullsync.Run(ctx, &f.book, natskv.NewSource(js, bucket, nil), nil) })
	f.end = func() { cancel(); wg.Wait(); nc.Close() }
	return f, nil
}

func (f *far) live() bool { return f.book.Status().State == ticker.Live }

// read is the role of a reader, which tells how long each update was on its way.
func read(ctx context.Context, r *role) error {
	f, err := openFar(ctx, r.url, r.bucket)
	if err != nil {
		return err
	}
	defer f.end()
	if err := until(ctx, "the reader is not live", f.live); err != nil {
		return err
	}
	bare, js, err := connect(r.url)
	if err != nil {
		return err
	}
	defer bare.Close()
	kv, err := watchBare(ctx, js)
	if err != nil {
		return err
	}

	watching, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	var mu sync.Mutex
	var ways answer
	note := func(to *[]float64, sent, now time.Time) {
		mu.Lock()
		defer mu.Unlock()
		*to = append(*to, float64(now.Sub(sent).Microseconds())/1000)
	}
	wg.Go(func() {
		for c := range f.book.Follow(watching, 0) {
			if c.Market != "" {
				note(&ways.Ours, c.Trade.Time, c.At)
			}
		}
	})
	wg.Go(func() {
		defer func() { _ = kv.Stop() }()
		for {
			select {
			case <-watching.Done():
				return
			case e := <-kv.Updates():
				if e != nil {
					note(&ways.KV, stampOf(e.Value()), time.Now())
				}
			}
		}
	})
	if _, err := bare.Subscribe(bareSubject, func(m *nats.Msg) { note(&ways.Bare, stampOf(m.Data), time.Now()) }); err != nil {
		return err
	}
	return r.obey(ctx, answer{}, acts{
		"delays": func(context.Context, order) (answer, error) {
			mu.Lock()
			defer mu.Unlock()
			a := ways
			ways = answer{}
			return a, nil
		},
		"book": func(context.Context, order) (answer, error) { return standing(&f.book), nil },
		"bytes": func(context.Context, order) (answer, error) {
			s := f.nc.Stats()
			return answer{InMsgs: s.InMsgs, InBytes: s.InBytes}, nil
		},
	})
}

// watchBare watches the bucket for bare writes.
func watchBare(ctx context.Context, js jetstream.JetStream) (jetstream.KeyWatcher, error) {
	kv, err := js.KeyValue(ctx, bareBucket)
	if err != nil {
		return nil, err
	}
	return kv.WatchAll(ctx, jetstream.UpdatesOnly())
}

// watch is the role of many who watch the bucket and do nothing else.
func watch(ctx context.Context, r *role) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range r.n {
		nc, js, err := connect(r.url)
		if err != nil {
			return err
		}
		defer nc.Close()
		kv, err := js.KeyValue(ctx, r.bucket)
		if err != nil {
			return err
		}
		w, err := kv.WatchAll(ctx)
		if err != nil {
			return err
		}
		wg.Go(func() {
			for range w.Updates() { // it is closed when ctx ends
			}
		})
	}
	return r.obey(ctx, answer{}, acts{})
}

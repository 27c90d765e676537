package livetest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// live is the flag of every test binary that imports this package.
var live = flag.Bool("live", false, "connect to the real exchange")

const (
	least  = 30 * time.Second // how long an exchange is followed
	within = 5 * time.Minute  // how long it may take until the Book is synced, if the exchange answers
)

// Run keeps a Book true until ctx ends: fullsync.Run or singlesync.Run with an
// adapter.
type Run func(ctx context.Context, book *ticker.Book) error

// Test follows a real exchange, if the flag -live is set, and logs what came of
// it. It fails when the Book is not synced in time.
func Test(t *testing.T, run Run) {
	t.Helper()
	if !*live {
		t.Skip("without -live no exchange is connected to")
	}
	r, err := follow(t.Context(), run)
	t.Log(r)
	if err != nil {
		t.Error(err)
	}
}

// follow runs until the Book is synced, and for 30 seconds at least.
func follow(ctx context.Context, run Run) (*report, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var book ticker.Book
	r := &report{began: time.Now()}
	ended, watched := make(chan error, 1), make(chan struct{})
	changes := book.Watch(ctx)
	go func() { ended <- run(ctx, &book) }()
	go func() {
		defer close(watched)
		for c := range changes {
			r.see(&c)
		}
	}()
	err := soon(ctx, &book)
	if err != nil && book.Status().Total > 0 { // it is there, and large
		err = book.WaitSynced(ctx)
	}
	if err == nil {
		r.synced = time.Since(r.began)
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(r.began.Add(least))):
		}
	}
	r.status, r.all = book.Status(), book.AppendAll(nil)
	cancel()
	end := <-ended
	<-watched
	switch {
	case err != nil && r.status.LastError != nil:
		return r, fmt.Errorf("not synced after %v: %w", time.Since(r.began).Round(time.Second), r.status.LastError)
	case err != nil:
		return r, fmt.Errorf("not synced after %v: %w", time.Since(r.began).Round(time.Second), err)
	case !errors.Is(end, context.Canceled):
		return r, fmt.Errorf("it ended by itself: %w", end)
	}
	return r, nil
}

func soon(ctx context.Context, book *ticker.Book) error {
	ctx, cancel := context.WithTimeout(ctx, least)
	defer cancel()
	return book.WaitSynced(ctx)
}

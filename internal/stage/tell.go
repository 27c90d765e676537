package stage

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// Tell prints every price that the book takes in, as the notebook did, until ctx
// ends or the book's Run does, and returns how the book stood then. On a terminal
// the foot says how far the book has come. When all markets are known, and have
// been printed, synced is called, once.
func Tell(ctx context.Context, screen *Screen, book *ticker.Book, synced func(ticker.Status)) ticker.Status {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if screen.Terminal() {
		wg.Go(func() { progress(ctx, screen, book) })
	}

	printed := make(map[ticker.Market]bool)
	said, connected := false, false
	for c := range book.Watch(ctx) {
		switch {
		case c.Down != nil:
			screen.Print("Websocket: connection lost: %v", c.Down)
		case c.Up && connected:
			screen.Print("Websocket: connected again")
		case c.Up:
			connected = true
		case c.Removed:
			delete(printed, c.Market)
			screen.Print("market %s is no longer listed", name(c.Market))
		case c.Market != "":
			printed[c.Market] = true
			from := "Websocket"
			if c.Trade.Source == ticker.REST {
				from = "REST"
			}
			screen.Print("%s: market %s to price %v", from, name(c.Market), c.Trade.Price)
		}
		if st := book.Status(); !said && st.Synced && len(printed) >= st.Known {
			said = true
			synced(st)
		}
	}
	return book.Status()
}

// progress keeps the foot until ctx ends.
func progress(ctx context.Context, screen *Screen, book *ticker.Book) {
	defer screen.Foot()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		screen.Foot(foot(book.Status()))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// foot is one line: how many markets are known, and for how long REST will
// still be asked at the pace it allows.
func foot(st ticker.Status) string {
	line := fmt.Sprintf("[%d / %d markets known, %v", st.Known, st.Total, st.State)
	if b := st.Backfill; b.Left > 0 {
		line += fmt.Sprintf(", REST: %d fetched, %v left", b.Fetched, b.Left.Round(time.Second))
	}
	return line + "]"
}

// End prints how the book stood at the end: how many markets are known, and the
// last error where some are not.
func End(screen *Screen, st ticker.Status) {
	screen.Print("%d of %d markets are known.", st.Known, st.Total)
	if len(st.Unknown) == 0 && st.Total > 0 {
		return
	}
	var names []string
	for _, m := range st.Unknown {
		names = append(names, name(m))
	}
	screen.Print("Not known: %s", strings.Join(names, ", "))
	if st.LastError != nil {
		screen.Print("Last error: %v", st.LastError)
	}
}

package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/internal/stage"
	"github.com/tickersync/tickersync/ticker"
)

// show is what happens on the exchange, and what is seen of it in the Book.
type show struct {
	screen *stage.Screen
	server *simexchange.Server
	book   ticker.Book
	start  time.Time
	rows   []ticker.Market // in the table

	mu    sync.Mutex
	worst time.Duration // the greatest age seen of any price
}

func newShow(screen *stage.Screen, server *simexchange.Server) *show {
	s := &show{screen: screen, server: server, start: time.Now()}
	for i, m := range server.Markets() {
		if i%5 == 0 {
			s.rows = append(s.rows, m.Market)
		}
	}
	return s
}

// say prints a line with the time since the start.
func (s *show) say(format string, args ...any) {
	s.screen.Print("%4.1fs  %s", time.Since(s.start).Seconds(), fmt.Sprintf(format, args...))
}

// play shows everything, or as much as ctx allows, and the summary.
func (s *show) play(ctx context.Context) {
	var wg sync.WaitGroup
	watching, stop := context.WithCancel(ctx)
	wg.Go(func() { s.look(watching) })
	wg.Go(func() { s.connections(watching) })
	done := s.scenes(ctx)
	stop()
	wg.Wait()
	s.summary(done)
}

// scenes is the plot. It reports whether it came to its end.
func (s *show) scenes(ctx context.Context) bool {
	s.say("a simulated exchange with %d markets listens on %s", len(s.server.Markets()), s.server.RESTURL())
	s.say("the Book fills: from the websocket, and by one REST request for each market still unknown")
	if s.book.WaitSynced(ctx) != nil {
		return false
	}
	s.say("synced: every market is known")
	if !sleep(ctx, 2*time.Second) {
		return false
	}

	s.say("OUTAGE: the exchange goes silent; the connection stays open, but ages grow")
	s.server.Mute(true)
	if !sleep(ctx, 1500*time.Millisecond) {
		return false
	}
	_, err := s.book.Trade("BTC-USD", time.Second)
	s.say(`book.Trade("BTC-USD", time.Second) returns no old price, but this error:`)
	s.say("  %v", err)

	s.say("OUTAGE: it drops the connection, and refuses the next two attempts")
	s.server.FailConnect(2, simexchange.Status(http.StatusServiceUnavailable))
	s.server.Drop()
	s.server.Unmute()
	if !s.reconnected(ctx) {
		return false
	}
	s.say("live: every price is confirmed")
	if !sleep(ctx, 1500*time.Millisecond) {
		return false
	}
	s.say("the exchange rests for half a second, so that the Book can be compared with it")
	s.server.SetRate(0)
	return sleep(ctx, 500*time.Millisecond)
}

// reconnected waits until the Book is live again.
func (s *show) reconnected(ctx context.Context) bool {
	for {
		changed := s.book.StatusChanged() // first, or a change could be missed
		if st := s.book.Status(); st.State == ticker.Live && st.Reconnects > 0 {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		}
	}
}

// connections says when one is lost or opened.
func (s *show) connections(ctx context.Context) {
	for c := range s.book.Watch(ctx) {
		switch {
		case c.Up:
			s.say("connected; a price is confirmed once it is told or asked on this connection")
		case c.Down != nil:
			s.say("disconnected: %v", c.Down)
		}
	}
}

func (s *show) summary(whole bool) {
	st, counts := s.book.Status(), s.server.Counts()
	s.say("SUMMARY")
	s.say("  %d of %d markets known; the oldest price was %s old at worst, and is %s old now",
		st.Known, st.Total, short(s.worst), short(s.oldest(s.book.AppendAll(nil))))
	s.say("  %d messages came from the websocket, %d requests went to REST, %d connections were opened",
		counts.Frames, counts.Requests, counts.Opened)
	if !whole {
		s.say("  interrupted")
		return
	}
	right := 0
	for t := range s.book.All() {
		if truth, ok := s.server.Truth(t.Market); ok && truth.Trade.Price.Equal(t.Trade.Price) {
			right++
		}
	}
	s.say("  %d of %d prices are those of the exchange", right, st.Total)
}

// sleep reports whether it was not cut short by ctx.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

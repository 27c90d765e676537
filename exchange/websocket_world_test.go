package exchange

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tickersync/tickersync/internal/wsconn"
	"github.com/tickersync/tickersync/ticker"
)

// talk is a Session of a small language. The client says "+A" and "-A", a market a
// frame. The exchange says "ack A", "no A because", "t AB" (tickers), "h"
// (heartbeat), "say x" (to be answered with x), "!" (junk) and "bye".
type talk struct {
	sub    *Subscription
	topics string
}

var errBye = errors.New("asked to reconnect")

func (s *talk) Subscribe(add, drop []Listing) {
	for _, l := range drop {
		s.sub.Send([]byte("-" + l.Symbol))
	}
	for _, l := range add {
		s.sub.Send([]byte("+" + l.Symbol))
		for _, topic := range s.topics {
			s.sub.Await(l.Market, l.Symbol+string(topic))
		}
	}
}

func (s *talk) Parse(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	f := string(frame)
	verb, rest, _ := strings.Cut(f, " ")
	about, reason, _ := strings.Cut(rest, " ")
	switch verb {
	case "ack":
		s.sub.Ack(about)
	case "no":
		if m, ok := s.sub.Market([]byte(about)); ok {
			s.sub.RefuseMarket(m, reason)
		} else {
			s.sub.Refuse(about, reason)
		}
	case "t":
		for _, c := range rest {
			m, ok := s.sub.Market([]byte(string(c)))
			if !ok {
				return dst, false, NewFrameError("test", "", frame, ErrUnknownMarket)
			}
			dst = append(dst, update(m))
		}
		return dst, true, nil
	case "h":
		return dst, true, nil
	case "say":
		s.sub.Send([]byte(rest))
	case "flood":
		for range maxFrames + 1 {
			s.sub.Send([]byte("x"))
		}
	case "!":
		return dst, false, NewFrameError("test", "", frame, errJunk)
	case "bye":
		return dst, false, errBye
	}
	return dst, false, nil
}

func letters(names string) (ls []Listing) {
	for _, c := range names {
		ls = append(ls, Listing{Market: ticker.Market(string(c) + "-X"), Symbol: string(c)})
	}
	return ls
}

// line is the exchange's side of a connection.
type line struct {
	*testing.T
	conn *wsconn.Conn
	url  string
	mu   sync.Mutex
	got  []string // the client's frames, and when they came
	at   []time.Duration
}

// say says the frames, one after the other.
func (l *line) say(frames ...string) {
	for _, f := range frames {
		_ = l.conn.Write(l.Context(), []byte(f))
	}
}

// heard returns the client's frames so far.
func (l *line) heard() string {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.got, " ")
}

func (l *line) times() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]time.Duration(nil), l.at...)
}

// speak makes a bubble with an exchange in it: play gets each connection, once
// open, in a goroutine of its own; f gets a WebSocket that leads there.
func speak(t *testing.T, play func(*line), f func(t *testing.T, w *WebSocket)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		client := serve(t, func(rw http.ResponseWriter, r *http.Request) {
			c, err := wsconn.Accept(rw, r, 0)
			if !assert.NoError(t, err) {
				return
			}
			defer c.Close()
			l := &line{T: t, conn: c, url: r.URL.String()}
			done := make(chan struct{})
			go func() { defer close(done); play(l) }()
			var buf []byte
			for {
				if buf, err = c.Read(context.Background(), buf); err != nil {
					<-done
					return
				}
				l.mu.Lock()
				l.got = append(l.got, string(buf))
				l.at = append(l.at, time.Since(begin))
				l.mu.Unlock()
			}
		})
		f(t, &WebSocket{
			Name: "test", Options: &Options{HTTPClient: client, WebSocketURL: "ws://exchange.example/feed"},
			Session: func(sub *Subscription) Session { return &talk{sub: sub, topics: "t"} },
		})
		time.Sleep(time.Hour) // all plays come to their end
	})
}

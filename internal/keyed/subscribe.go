package keyed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// ackWithin is how long the acknowledgements of a subscription may take.
const ackWithin = 10 * time.Second

// Connect subscribes to the markets, and returns when each is acknowledged or
// refused.
func (s *Source) Connect(ctx context.Context, ms []exchange.Listing) (exchange.Stream, error) {
	conn, err := s.o.Connect(ctx, s.o.WebSocketURL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Name, err)
	}
	bounded, cancel := context.WithTimeoutCause(ctx, ackWithin, errors.New("subscription not acknowledged"))
	defer cancel()
	kept, refused, err := subscribe(bounded, conn, ms)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("%s: %w", Name, err)
	}
	stream := exchange.NewStream(conn, s.o, kept, read)
	if len(refused) > 0 {
		return stream, &exchange.RefusedError{Markets: refused}
	}
	return stream, nil
}

// subscribe returns the tickers that came before the last acknowledgement.
func subscribe(ctx context.Context, conn exchange.Conn, ms []exchange.Listing) ([]ticker.Update, map[ticker.Market]string, error) {
	m := message{Type: "subscribe"}
	missing := map[ticker.Market]bool{}
	for _, l := range ms {
		m.Markets = append(m.Markets, l.Symbol)
		missing[l.Market] = true
	}
	if err := conn.Write(ctx, encode(m)); err != nil {
		return nil, nil, err
	}
	var kept []ticker.Update
	refused := map[ticker.Market]string{}
	var buf []byte
	for len(missing) > 0 {
		var err error
		if buf, err = conn.Read(ctx, buf); err != nil {
			return nil, nil, err
		}
		m, err := parse(buf)
		if err != nil {
			continue // junk costs itself only
		}
		switch m.Type {
		case "refused":
			refused[ticker.Market(m.Market)] = m.Reason
			delete(missing, ticker.Market(m.Market))
		case "subscribed":
			delete(missing, ticker.Market(m.Market))
		case "ticker":
			if u, err := m.update(); err == nil {
				kept = append(kept, u)
			}
		}
	}
	return kept, refused, nil
}

// read is the Stream's ParseFunc.
func read(frame []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	m, err := parse(frame)
	if err != nil {
		return dst, false, err
	}
	switch m.Type {
	case "ticker":
		u, err := m.update()
		if err != nil {
			return dst, false, exchange.NewFrameError(Name, u.Market, frame, err)
		}
		return append(dst, u), true, nil
	case "beat":
		return dst, true, nil
	}
	return dst, false, nil
}

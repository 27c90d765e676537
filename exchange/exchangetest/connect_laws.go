package exchangetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

func lawAcknowledged(b *bench) error {
	if b.src.Feed().Settle > 0 {
		return lawUnacknowledged(b)
	}
	ls, err := b.list()
	if err != nil {
		return err
	}
	b.tap.holding(true)
	type opened struct {
		exchange.Stream
		error
	}
	connected := make(chan opened, 1)
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	go func() {
		s, err := b.src.Connect(ctx, ls)
		connected <- opened{s, err}
	}()
	time.Sleep(5 * time.Second) // frames to subscribe may be paced
	early := len(connected) > 0
	b.tap.holding(false)
	m, g := ls[0].Market, b.streamed()
	b.change(m)
	now := b.sim.VersionAt(m, g, time.Now())
	o := <-connected
	if o.error != nil {
		return fmt.Errorf("in Connect: %w", o.error)
	}
	defer o.Close()
	if early {
		return errors.New("too early: Connect returned before the exchange had acknowledged")
	}
	_, err = b.told(o, func(us []ticker.Update) bool {
		for _, u := range us {
			if _, ok := b.sim.Find(u.Ticker, g, now); u.Market == m && u.Groups.Has(g) && ok {
				return true
			}
		}
		return false
	})
	if err != nil {
		return fmt.Errorf("a ticker of %s that came before the acknowledgement was dropped: %w", m, err)
	}
	return nil
}

// lawUnacknowledged is for exchanges that acknowledge nothing: the handshake has
// to be enough.
func lawUnacknowledged(b *bench) error {
	s, ls, err := b.open()
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = b.tells(s, ls[0].Market)
	return err
}

func lawEveryMarket(b *bench) error {
	ls, err := b.list()
	if err != nil {
		return err
	}
	gone := ls[len(ls)-1]
	b.sim.Delist(gone.Market)
	ctx, cancel := context.WithTimeout(b.ctx, 2*patience)
	defer cancel()
	s, err := b.src.Connect(ctx, ls)
	var refused *exchange.RefusedError
	switch {
	case s == nil:
		return fmt.Errorf("one market that was delisted meanwhile costs the whole connection: %w", err)
	case err != nil && !errors.As(err, &refused):
		_ = s.Close()
		return fmt.Errorf("both: Connect returned a Stream and an error that is no *exchange.RefusedError: %w", err)
	}
	defer s.Close()
	time.Sleep(b.src.Feed().Settle)
	if refused != nil {
		for m, why := range refused.Markets {
			if m != gone.Market {
				return fmt.Errorf("%s, which the exchange lists, is named as refused: %s", m, why)
			}
		}
	}
	for _, l := range ls[:len(ls)-1] {
		if _, err := b.tells(s, l.Market); err != nil {
			return fmt.Errorf("beside a market that was delisted: %w", err)
		}
	}
	return nil
}

func lawNothingLeft(b *bench) error {
	s, ls, err := b.open()
	if err != nil {
		return err
	}
	if _, err := b.tells(s, ls[0].Market); err != nil {
		return err
	}
	if err := unblocks(b, s, "Close", func(context.CancelFunc) { _ = s.Close() }); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return fmt.Errorf("a second Close returned %w", err)
	}
	s, _, err = b.open()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := unblocks(b, s, "the end of its context", func(cancel context.CancelFunc) { cancel() }); err != nil {
		return err
	}
	return cancelledConnect(b, ls)
}

// unblocks looks whether something ends a Read that waits.
func unblocks(b *bench, s exchange.Stream, what string, do func(context.CancelFunc)) error {
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		for {
			if _, err := s.Read(ctx, nil); err != nil {
				ended <- err
				return
			}
		}
	}()
	time.Sleep(100 * time.Millisecond)
	do(cancel)
	select {
	case <-ended:
		return nil
	case <-time.After(time.Second):
		_ = s.Close()
		return fmt.Errorf("%s does not unblock Read within a second", what)
	}
}

// cancelledConnect gives up a Connect to an exchange that does not answer. What
// it leaves behind would keep the bubble of the law from ending.
func cancelledConnect(b *bench, ls []exchange.Listing) error {
	b.sim.Mute(false)
	ctx, cancel := context.WithTimeout(b.ctx, 3*time.Second)
	defer cancel()
	began := time.Now()
	s, err := b.src.Connect(ctx, ls)
	if s != nil {
		_ = s.Close()
	}
	if took := time.Since(began); took > 4*time.Second {
		return fmt.Errorf("too late: Connect took %v to end after its context had (%v)", took-3*time.Second, err)
	}
	return nil
}

// sees reports whether an update tells a group whose values the exchange had.
func (b *bench) sees(u *ticker.Update, g ticker.Groups) (uint64, bool) {
	vs := b.sim.Versions(u.Ticker, g)
	if len(vs) == 0 {
		return 0, false
	}
	return vs[len(vs)-1], true
}

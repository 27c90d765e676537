package exchangetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// TestRelay checks the tenth law on a Source that repeats a Book: it delivers the
// origin's ages and kinds itself, and no frame of its own connection moves AsOf. The
// origin has to know some markets. hush has its exchange say nothing from then on,
// not even a heartbeat, while the relay goes on: what the relay then tells may be
// as of no later moment. It takes as long as listen before and after that, which
// has to be enough for the relay's own heartbeats.
func TestRelay(t *testing.T, src exchange.Source, hush func(), listen time.Duration) {
	t.Helper()
	if err := lawRelay(t.Context(), src, hush, listen); err != nil {
		t.Errorf("relay: %v\n\tA Stream that repeats another Book says so: it delivers the origin's ages and kinds itself, and no frame of its own connection moves AsOf.\n\t"+
			"A relay lives on when its origin is dead: if its own life counted, the oldest prices would look fresh.", err)
	}
}

func lawRelay(ctx context.Context, src exchange.Source, hush func(), listen time.Duration) error {
	if !src.Feed().Relay {
		return errors.New("its Feed does not say that it is a relay")
	}
	ls, err := src.Markets(ctx)
	if err != nil {
		return fmt.Errorf("in Markets: %w", err)
	}
	s, err := src.Connect(ctx, ls)
	if err != nil {
		return fmt.Errorf("in Connect: %w", err)
	}
	defer s.Close()
	told, err := relayTold(ctx, s, listen, time.Time{})
	switch {
	case err != nil:
		return err
	case told == 0:
		return errors.New("it tells no market of its origin")
	}
	hush()
	_, err = relayTold(ctx, s, listen, time.Now())
	return err
}

// relayTold reads for so long, and counts what was told of markets. still is the
// moment since which the origin hears nothing; zero: it hears.
func relayTold(ctx context.Context, s exchange.Stream, listen time.Duration, still time.Time) (told int, err error) {
	ctx, cancel := context.WithTimeout(ctx, listen)
	defer cancel()
	for {
		us, err := s.Read(ctx, nil)
		latest := time.Now()
		if !still.IsZero() {
			latest = still
		}
		for i := range us {
			if err := relayUpdate(&us[i], latest); err != nil {
				return told, err
			}
			if us[i].Market != "" {
				told++
			}
		}
		var frame *exchange.FrameError
		switch {
		case ctx.Err() != nil:
			return told, nil
		case err != nil && !errors.As(err, &frame):
			return told, fmt.Errorf("in Read: %w", err)
		}
	}
}

// relayUpdate says what is wrong with an update, that may be as of no later moment.
func relayUpdate(u *ticker.Update, latest time.Time) error {
	o := u.Origin
	switch {
	case o == nil:
		return fmt.Errorf("an update of %q says nothing of its origin", u.Market)
	case o.Heard.After(latest):
		return fmt.Errorf("the word of the origin's link %d reaches %v further than it can have been heard", o.Link, o.Heard.Sub(latest))
	case u.Market == "" && o.Link == 0 && o.Status == nil:
		return errors.New("an update is about neither a market, nor a link, nor the origin")
	case o.Follows != 0 && o.Link == 0:
		return fmt.Errorf("%s follows no link", u.Market)
	}
	for g, st := range [...]*ticker.Stamp{&u.Trade.Stamp, &u.Quote.Stamp, &u.Stats.Stamp} {
		switch {
		case !u.Groups.Has(1 << g):
		case st.Source == ticker.NoSource:
			return fmt.Errorf("group %d of %s is told without the origin's stamp", g, u.Market)
		case st.AsOf.After(latest), st.Received.After(latest):
			return fmt.Errorf("group %d of %s is as of %v and read at %v: the origin heard nothing since %v", g, u.Market, st.AsOf, st.Received, latest)
		}
	}
	return nil
}

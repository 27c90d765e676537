package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/fullsync"
	"github.com/tickersync/tickersync/singlesync"
	"github.com/tickersync/tickersync/ticker"
)

// keep keeps the Book true, with the sync that suits the exchange.
func keep(ctx context.Context, book *ticker.Book, o *options, log *slog.Logger) error {
	src := exchanges()[o.exchange](exchange.Options{Logger: log, RESTURL: o.rest, WebSocketURL: o.ws})
	switch src := src.(type) {
	case fullsync.Source:
		return fullsync.Run(ctx, book, src, &fullsync.Options{Logger: log})
	case singlesync.Source:
		return singlesync.Run(ctx, book, src, &singlesync.Options{First: o.markets, Refresh: time.Minute, Logger: log})
	}
	return fmt.Errorf("%s has neither a snapshot nor single requests", o.exchange)
}

// reach is how long the first contact with an exchange may take.
const reach = 8 * time.Second

// unreachable ends the program with a plain word when the exchange cannot be
// reached at all, which is nearly always for want of a network.
func unreachable(ctx context.Context, book *ticker.Book, name string, cancel context.CancelCauseFunc) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(reach):
	}
	st := book.Status()
	if st.State != ticker.Connecting || st.Total > 0 {
		return
	}
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(st.LastError, &dns):
		cancel(fmt.Errorf("cannot reach %s: no network? (the name %s is not found)", name, dns.Name))
	case errors.As(st.LastError, &op):
		cancel(fmt.Errorf("cannot reach %s: no network? (%v)", name, op.Err))
	}
}

package engine

import (
	"context"

	"github.com/tickersync/tickersync/exchange"
)

// Recording returns a context for one call of the Source, made at this moment and
// to be recorded.
func (r *Run) Recording(ctx context.Context, what string, l exchange.Listing) context.Context {
	return r.o.Record.Asking(ctx, what, l)
}

// bad counts a frame or answer that could not be read, and records it.
func (r *Run) bad(err error) {
	r.Keeper.Bad(err)
	r.o.Record.Failed(exchange.BadFrame, err)
}

// landed records that a connection has ended; err is nil where nothing is wrong.
func (r *Run) landed(f *exchange.Flight, err error) {
	f.Closed(err)
	if err != nil {
		r.o.Record.Failed(exchange.BrokenLink, err)
	}
}

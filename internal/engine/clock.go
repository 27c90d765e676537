package engine

import "context"

type clockKey struct{}

// WithClock has runs under ctx read the clocks by c, for simulations.
func WithClock(ctx context.Context, c Clock) context.Context {
	return context.WithValue(ctx, clockKey{}, c)
}

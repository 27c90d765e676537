package bench

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// Pair is two ways to do the same work.
type Pair struct {
	Ours, Bare Side
	Close      func() // called when both are done with; nil is nothing
}

func (p *Pair) close() {
	if p.Close != nil {
		p.Close()
	}
}

// Side is one of them.
type Side struct {
	Name string // "encoding/json"; "ours" if empty

	// Do does the work n times and returns when all of it is done. Each call goes on
	// where the last one ended: what is set up, or warmed, stays so.
	Do func(n int) error
}

// Ratio measures both sides in turns. Each turn begins with the garbage of the one
// before collected, and each round with the other side. A value is how many times
// as fast ours is, or, if cost, how many times as long it takes.
func Ratio(ctx context.Context, s Settings, p *Pair, cost bool) (Result, error) {
	sides := [2]Side{p.Ours, p.Bare}
	var n [2]int
	var all [2][]float64
	for i, side := range sides {
		var err error
		if n[i], err = often(ctx, side, s.For); err != nil {
			return Result{}, err
		}
	}
	var r Result
	for round := range s.Rounds {
		var took [2]float64 // nanoseconds, each
		for turn := range 2 {
			i := (round + turn) % 2
			d, err := turned(ctx, sides[i], n[i])
			if err != nil {
				return Result{}, err
			}
			took[i] = float64(d) / float64(n[i])
			all[i] = append(all[i], took[i])
		}
		if cost {
			r.Values = append(r.Values, took[0]/took[1])
		} else {
			r.Values = append(r.Values, took[1]/took[0])
		}
	}
	r.Note = fmt.Sprintf("%s against %s", span(quantile(all[0], 0.5)), span(quantile(all[1], 0.5)))
	return r, nil
}

// often finds how often a side does its work in a while, and warms it thereby.
func often(ctx context.Context, side Side, while time.Duration) (int, error) {
	for n := 1; ; {
		d, err := turned(ctx, side, n)
		if err != nil || d >= while/2 {
			return max(1, int(float64(n)*float64(while)/float64(max(d, 1)))), err
		}
		n = int(min(float64(n)*float64(while)/float64(max(d, 1)), float64(n)*10)) + 1
	}
}

// turned is one turn of a side.
func turned(ctx context.Context, side Side, n int) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, context.Cause(ctx)
	}
	runtime.GC()
	began := time.Now()
	err := side.Do(n)
	d := time.Since(began)
	if err != nil {
		return 0, fmt.Errorf("bench: %s: %w", side.name(), err)
	}
	return d, nil
}

func (s Side) name() string {
	if s.Name == "" {
		return "ours"
	}
	return s.Name
}

// span writes nanoseconds as a duration of three digits or so.
func span(ns float64) string {
	switch {
	case ns < 1e3:
		return figure(ns) + " ns"
	case ns < 1e6:
		return figure(ns/1e3) + " µs"
	}
	return figure(ns/1e6) + " ms"
}

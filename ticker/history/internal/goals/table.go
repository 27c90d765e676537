package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// table prints a line for each thing measured.
type table struct{ out io.Writer }

func (t *table) head() {
	fmt.Fprintf(t.out, "| %-62s | %-12s | %-10s | %-19s | %-6s |\n", "what", "goal", "measured", "spread", "")
	fmt.Fprintln(t.out, "|---|---|---|---|---|")
}

func (t *table) line(what, goal, measured, spread string, verdict string) {
	fmt.Fprintf(t.out, "| %-62s | %-12s | %-10s | %-19s | %-6s |\n", what, goal, measured, spread, verdict)
}

// verdict is "" where there is no goal.
func verdict(ok bool) string {
	if ok {
		return "pass"
	}
	return "SHORT"
}

// times are measured durations.
type times []time.Duration

// quantile returns the duration below which a share of all is.
func (d times) quantile(q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func (d times) median() time.Duration { return d.quantile(0.5) }

func (d times) spread() string { return ms(d.quantile(0.1)) + " to " + ms(d.quantile(0.9)) }

func ms(d time.Duration) string {
	if d < 10*time.Microsecond {
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	}
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// rates are measured numbers a second.
type rates []float64

func (r rates) median() float64 {
	sorted := slices.Sorted(slices.Values(r))
	return sorted[len(sorted)/2]
}

func (r rates) spread() string { return fmt.Sprintf("%.0f to %.0f", slices.Min(r), slices.Max(r)) }

func ratio(x float64) string { return fmt.Sprintf("%.2f", x) }

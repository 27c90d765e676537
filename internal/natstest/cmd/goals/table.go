package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// group is some rows that are measured together.
type group struct {
	name    string // short, for -run
	measure func(ctx context.Context, s settings) ([]row, error)
}

// row is one line of the table.
type row struct {
	what   string
	goal   goal // zero: the row is for information
	unit   string
	values []float64 // one a round, at least one
	note   string
	all    bool // every round has to be good, and not their median
}

// goal is what a value is to be. Its zero value is none.
type goal struct {
	limit float64
	sense int // 1: at most; -1: at least
}

func atMost(limit float64) goal  { return goal{limit, 1} }
func atLeast(limit float64) goal { return goal{limit, -1} }

func (g goal) met(v float64) bool { return g.sense*cmp(v, g.limit) <= 0 }

func cmp(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// value is what is compared with the goal: the median, or the worst.
func (r *row) value() float64 {
	switch {
	case !r.all:
		return quantile(r.values, 0.5)
	case r.goal.sense < 0:
		return slices.Min(r.values)
	}
	return slices.Max(r.values)
}

// write writes the line, and reports whether the goal was met.
func (r *row) write(w io.Writer, name string) bool {
	v, aim, verdict := r.value(), "", ""
	switch {
	case r.goal.sense == 0:
	case r.goal.met(v):
		verdict = "pass"
	default:
		verdict = "short"
	}
	if r.goal.sense != 0 {
		aim = map[int]string{1: "at most ", -1: "at least "}[r.goal.sense] + figure(r.goal.limit) + r.unit
	}
	spread := figure(quantile(r.values, 0.25)) + " to " + figure(quantile(r.values, 0.75))
	if r.all {
		spread = figure(slices.Min(r.values)) + " to " + figure(slices.Max(r.values))
	}
	fmt.Fprintf(w, "| %s | %s | %s | %s%s | %s | %s | %s |\n", name, r.what, aim, figure(v), r.unit, spread, verdict, r.note)
	return verdict != "short"
}

// table measures rows, and writes them as a Markdown table, each group when it is
// done. It returns how many are short of their goals.
func table(ctx context.Context, w io.Writer, s settings, gs []group) (short int, err error) {
	fmt.Fprintln(w, "| group | what | goal | measured | spread | | |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
	for _, g := range gs {
		rows, err := g.measure(ctx, s)
		if err != nil {
			return short, fmt.Errorf("%s: %w", g.name, err)
		}
		for _, r := range rows {
			if !r.write(w, g.name) {
				short++
			}
		}
	}
	return short, nil
}

// quantile returns the value below which a part of all is, in proportion between the
// two nearest.
func quantile(vs []float64, part float64) float64 {
	vs = slices.Sorted(slices.Values(vs))
	at := part * float64(len(vs)-1)
	i := int(at)
	if i+1 == len(vs) {
		return vs[i]
	}
	return vs[i] + (at-float64(i))*(vs[i+1]-vs[i])
}

// figure writes a value with as many digits as mean something.
func figure(v float64) string {
	switch {
	case v == float64(int64(v)) || v >= 1000 || v <= -1000:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

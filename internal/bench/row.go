package bench

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Row is one line of the table. Either Pair or Measure is set.
type Row struct {
	Name string // short, for -run and benchmarks: "decode/one"
	What string // for the table
	Goal Goal   // zero: the row is for information

	// Pair opens two sides that Ratio compares.
	Pair func(ctx context.Context, s Settings) (*Pair, error)

	// Measure returns any other figure, such as bytes, allocations or a quantile.
	Measure func(ctx context.Context, s Settings) (Result, error)
}

// Run measures a row.
func (r Row) Run(ctx context.Context, s Settings) (Result, error) {
	if r.Pair == nil {
		return r.Measure(ctx, s)
	}
	p, err := r.Pair(ctx, s)
	if err != nil {
		return Result{}, err
	}
	defer p.close()
	return Ratio(ctx, s, p, r.Goal.most)
}

// Settings says how much to measure.
type Settings struct {
	Rounds int           // how often each side has its turn
	For    time.Duration // how long a turn takes
	Quick  bool          // only whether it can be measured: take small counts and sizes
}

// Goal is what a row's value is to be. Its zero value is none.
type Goal struct {
	limit float64
	most  bool
	unit  string
}

// AtLeast is the goal of not less than limit, in a unit: of a Pair, how many times
// as fast ours is, without a unit.
func AtLeast(limit float64, unit string) Goal { return Goal{limit, false, unit} }

// AtMost is the goal of not more than limit, in a unit: of a Pair, how many times
// the time of bare ours takes, without a unit.
func AtMost(limit float64, unit string) Goal { return Goal{limit, true, unit} }

// Met reports whether v is as good as the goal.
func (g Goal) Met(v float64) bool {
	if g.most {
		return v <= g.limit
	}
	return v >= g.limit
}

func (g Goal) String() string {
	switch {
	case g == Goal{}:
		return ""
	case g.most:
		return "at most " + figure(g.limit) + unit(g.unit)
	}
	return "at least " + figure(g.limit) + unit(g.unit)
}

// Result is what was measured of a row.
type Result struct {
	Values []float64 // one a round, at least one
	Note   string    // what the value is made of, for the table
}

// Median returns the middle value.
func (r Result) Median() float64 { return quantile(r.Values, 0.5) }

// Quartiles return the values between which half of all are.
func (r Result) Quartiles() (low, high float64) {
	return quantile(r.Values, 0.25), quantile(r.Values, 0.75)
}

// quantile returns the value below which a part of all is, in proportion between
// the two nearest.
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
	case v == float64(int64(v)) || v >= 1000:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return fmt.Sprintf("%.2f", v)
}

func unit(u string) string {
	if u == "" {
		return ""
	}
	return " " + u
}

package bench

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// BenchmarkPairs is both sides of every pair: Pairs/decode/one/ours and
// Pairs/decode/one/bare.
func BenchmarkPairs(b *testing.B) {
	for _, row := range Rows() {
		if row.Pair == nil {
			continue
		}
		b.Run(row.Name, func(b *testing.B) {
			p, err := row.Pair(b.Context(), Settings{Rounds: 1, For: time.Second})
			require.NoError(b, err)
			defer p.close()
			for i, side := range []Side{p.Ours, p.Bare} {
				b.Run([]string{"ours", "bare"}[i], func(b *testing.B) {
					require.NoError(b, side.Do(1)) // warm
					b.ReportAllocs()
					b.ResetTimer()
					require.NoError(b, side.Do(b.N))
				})
			}
		})
	}
}

func TestRowsAreNamed(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range Rows() {
		assert.False(t, seen[row.Name], row.Name)
		seen[row.Name] = true
		assert.NotEmpty(t, row.What, row.Name)
		assert.Equal(t, row.Pair == nil, row.Measure != nil, row.Name)
	}
}

func TestRatio(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := ""
		takes := func(name string, d time.Duration) Side {
			return Side{Name: name, Do: func(n int) error {
				turns += name
				for range n {
					time.Sleep(d)
				}
				return nil
			}}
		}
		p := &Pair{Ours: takes("o", time.Millisecond), Bare: takes("b", 4*time.Millisecond)}
		s := Settings{Rounds: 8, For: 8 * time.Millisecond}
		faster, err := Ratio(t.Context(), s, p, false)
		require.NoError(t, err)
		assert.Len(t, faster.Values, 8)
		assert.InDelta(t, 4, faster.Median(), 0)
		assert.Equal(t, "obboobboobboobbo", turns[len(turns)-16:])
		cost, err := Ratio(t.Context(), s, p, true)
		require.NoError(t, err)
		assert.InDelta(t, 0.25, cost.Median(), 0)
		assert.Equal(t, "1 ms against 4 ms", cost.Note)
	})
}

func TestRatioFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fine := Side{Do: func(int) error { time.Sleep(time.Millisecond); return nil }}
		broken := errors.New("broken")
		_, err := Ratio(t.Context(), Settings{Rounds: 8}, &Pair{fine, Side{Name: "theirs", Do: func(int) error { return broken }}, nil}, false)
		require.ErrorIs(t, err, broken)
		assert.EqualError(t, err, "bench: theirs: broken")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(broken)
		_, err = Ratio(ctx, Settings{Rounds: 8}, &Pair{fine, fine, nil}, false)
		assert.ErrorIs(t, err, broken)
	})
}

func TestGoal(t *testing.T) {
	most, least := AtMost(1.3, ""), AtLeast(6, "times")
	assert.Equal(t, "at most 1.30", most.String())
	assert.Equal(t, "at least 6 times", least.String())
	assert.Empty(t, Goal{}.String())
	assert.True(t, most.Met(1.3) && least.Met(6) && least.Met(7))
	assert.False(t, most.Met(1.31) || least.Met(5.9))
}

func TestQuantiles(t *testing.T) {
	r := Result{Values: []float64{5, 1, 3, 2, 4}}
	low, high := r.Quartiles()
	assert.Equal(t, []float64{2, 3, 4}, []float64{low, r.Median(), high})
	assert.InDelta(t, 1.5, Result{Values: []float64{1, 2}}.Median(), 0)
	assert.InDelta(t, 7, Result{Values: []float64{7}}.Median(), 0)
}

func TestTable(t *testing.T) {
	row := func(name string, goal Goal, values ...float64) Row {
		return Row{Name: name, What: "what", Goal: goal, Measure: func(context.Context, Settings) (Result, error) {
			return Result{Values: values, Note: "note"}, nil
		}}
	}
	var out strings.Builder
	short, err := Table(t.Context(), &out, Settings{}, []Row{
		row("fine", AtMost(700, "bytes"), 650, 640, 660), row("slow", AtLeast(5, ""), 4.5), row("info", Goal{}, 1234.5),
	})
	require.NoError(t, err)
	assert.Equal(t, 1, short)
	_, lines, _ := strings.Cut(out.String(), "|---|\n")
	assert.Equal(t, `| fine | what | at most 700 bytes | 650 bytes | 645 to 655 | pass | note |
| slow | what | at least 5 | 4.50 | 4.50 to 4.50 | short | note |
| info | what |  | 1234 | 1234 to 1234 |  | note |
`, lines)
	broken := errors.New("broken")
	_, err = Table(t.Context(), &out, Settings{}, []Row{
		{Name: "worse", Measure: func(context.Context, Settings) (Result, error) { return Result{}, broken }},
	})
	require.ErrorIs(t, err, broken)
	assert.EqualError(t, err, "worse: broken")
}

package arbitrage

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// check looks at every event that was heard and not asked for since.
func (e *ear) check(t *testing.T) {
	t.Helper()
	lives := map[uint64]*Signal{}
	for i := range e.heard {
		s := &e.heard[i]
		was := lives[s.ID]
		if s.Event == Opened {
			require.Nil(t, was)
			require.Equal(t, s.At, s.Opened)
			require.True(t, s.Best.Equal(s.Net) && s.BestAt.Equal(s.At))
		} else {
			require.NotNil(t, was)
			require.NotEqual(t, Closed, was.Event)
			require.Equal(t, was.Opened, s.Opened)
			require.False(t, s.Best.Less(was.Best))
			require.Equal(t, was.Buy.Exchange+was.Sell.Exchange, s.Buy.Exchange+s.Sell.Exchange)
		}
		if s.Event == Closed {
			require.NotEqual(t, Usable, s.Reason)
		} else {
			require.Equal(t, Usable, s.Reason)
			require.False(t, s.Best.Less(s.Net))
			require.True(t, s.Net.IsPos() && s.Buy.Age <= time.Minute && s.Sell.Age <= time.Minute)
			require.LessOrEqual(t, s.Buy.AsOf.Sub(s.Sell.AsOf).Abs(), 5*time.Second)
		}
		if s.Buy.Price.IsPos() && s.Sell.Price.IsPos() {
			numbers(t, &s.Pair)
		}
		require.Equal(t, s.At.Sub(s.Buy.AsOf), s.Buy.Age)
		lives[s.ID] = s
	}
}

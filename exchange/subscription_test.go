package exchange

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

// asks is a Session that asks as it is told to.
type asks func(add, drop []Listing)

func (f asks) Subscribe(add, drop []Listing) { f(add, drop) }
func (asks) Parse(_ []byte, dst []ticker.Update) ([]ticker.Update, bool, error) {
	return dst, false, nil
}

// TestSubscriptionForTests: what a test of a Session has of one.
func TestSubscriptionForTests(t *testing.T) {
	sub := NewSubscription(letters("AB")...)
	m, ok := sub.Market([]byte("B"))
	assert.True(t, ok)
	assert.Equal(t, ticker.Market("B-X"), m)
	_, ok = sub.Market([]byte("C"))
	assert.False(t, ok)
	symbol := []byte("A")
	assert.Zero(t, testing.AllocsPerRun(10, func() { sub.Market(symbol) }))
	sub.Send([]byte("x"))
	sub.Send([]byte("y"))
	assert.Equal(t, [][]byte{[]byte("x"), []byte("y")}, sub.Frames())
	assert.Empty(t, sub.Frames())
	sub.Await("A-X", "x") // nobody waits for the answer to a test
	assert.Empty(t, sub.Awaiting())
	sub.Ack("x")
	sub.Refuse("x", "")
	sub.RefuseMarket("A-X", "")
}

// TestSubscriptionTopics: many markets on one topic, many topics of one market.
func TestSubscriptionTopics(t *testing.T) {
	sub := NewSubscription()
	by := sub.ask(asks(func(add, _ []Listing) {
		for _, l := range add {
			sub.Await(l.Market, "1")
			sub.Await(l.Market, "1")
			sub.Await(l.Market, l.Symbol)
		}
	}), letters("ABC"), nil)
	awaiting := func() []ticker.Market {
		ms := sub.Awaiting()
		slices.Sort(ms)
		return ms
	}
	assert.Equal(t, []ticker.Market{"A-X", "B-X", "C-X"}, awaiting())
	sub.Ack("A")
	sub.Ack("1")
	assert.Equal(t, []ticker.Market{"B-X", "C-X"}, awaiting())
	sub.Refuse("B", "")
	assert.False(t, by.isDone())
	late := sub.ask(asks(func(add, drop []Listing) { sub.Await("C-X", "2") }), nil, letters("C"))
	assert.True(t, late.isDone(), "a dropped market is not waited for")
	assert.True(t, by.isDone(), "by nobody")
	assert.Equal(t, &RefusedError{map[ticker.Market]string{"B-X": "refused"}}, sub.result(by, 0))
	require.NoError(t, sub.result(late, 0))
	assert.Empty(t, sub.topics, "nothing is left")
	assert.Empty(t, sub.asked)
	assert.Empty(t, sub.asking)
}

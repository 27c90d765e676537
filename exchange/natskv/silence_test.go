package natskv

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A stream ends when the publisher has been silent for as long as its lease, whatever
// else comes.
func TestSilence(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.beats(3)
		w.join("A-B")
		for range 10 {
			time.Sleep(time.Second)
			w.heard(3)
		}
		last := time.Now()
		go func() {
			for range 19 {
				time.Sleep(100 * time.Millisecond)
				w.tell("A-B", rec(3, 5, w.now(), 0))
			}
		}()
		for {
			_, err := w.st.Read(w.Context(), nil)
			if err == nil {
				continue
			}
			require.ErrorIs(t, err, ErrSilent)
			require.ErrorContains(t, err, `natskv: the publisher is silent: bucket "tickers-x", 2s without a heartbeat`)
			break
		}
		assert.Equal(t, 2*time.Second, time.Since(last))
		require.NoError(t, w.st.Close())
		time.Sleep(time.Minute)
		assert.True(t, w.src.silent, "the next one waits for a publisher")
		w.st = nil
	})
}

// Who stood still itself reads what has come meanwhile before it thinks ill of the
// publisher.
func TestStoodStill(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.beats(3)
		w.join("A-B")
		w.heard(3)
		time.Sleep(time.Minute)
		_, err := w.read()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		w.beats(3)
		time.Sleep(time.Second)
		_, err = w.read()
		require.NoError(t, err)
		began := time.Now()
		_, err = w.st.Read(w.Context(), nil)
		require.ErrorIs(t, err, ErrSilent)
		assert.Equal(t, 2*time.Second, time.Since(began))
	})
}

// A stream that has to wait for a publisher takes what it says.
func TestAwaitPublisher(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.tell("A-B", rec(3, 5, w.now(), 0))
		w.beats(3)
		w.join("A-B")
		go func() {
			time.Sleep(time.Minute)
			w.key("junk", nil)
			for range 2 {
				time.Sleep(2 * trip)
				w.beats(3)
			}
		}()
		began := time.Now()
		require.NoError(t, w.st.awaitPublisher(w.Context()))
		assert.Equal(t, time.Minute+4*trip, time.Since(began))
		us, err := w.read()
		require.NoError(t, err)
		require.Len(t, us, 3)
		assert.Zero(t, us[0].Trade.AsOf)
		assert.WithinDuration(t, w.truly(0), us[2].Trade.AsOf, time.Millisecond)
		_, err = w.read()
		require.ErrorIs(t, err, ErrForeign)
	})
}

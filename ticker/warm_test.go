package ticker

import (
	"bytes"
	"errors"
	"io"
	"math"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bothGroups are told as they change, and answered by REST.
var bothGroups = Feed{Trade: Told{Kind: EveryChange, REST: true}, Quote: Told{Kind: EveryChange, REST: true}}

// What a file may do to a Book, and what not, each as one short history.
func TestWarm(t *testing.T) {
	for _, p := range []struct {
		promise  string
		schedule func(w *world)
	}{
		{"it is read at once, as it was, and refused as fresh at any age", func(w *world) {
			w.at(10)
			w.warmed(warmTrade("A-B", "1", w.moment(9)))
			assert.Equal(w, "1", w.price())
			assert.EqualValues(w, 9, w.asOf())
			_, err := w.Trade("A-B", math.MaxInt64)
			var stale *StaleError
			require.ErrorAs(w, err, &stale)
			require.ErrorIs(w, err, ErrWarm)
			assert.Equal(w, time.Second, stale.Age)
			_, err = w.Quote("A-B", time.Hour)
			require.ErrorIs(w, err, ErrUnknown)
			w.list("A-B")
			l := w.link(tradesOnly)
			l.Heard(w.moment(10))
			_, err = w.Trade("A-B", time.Hour)
			require.ErrorIs(w, err, ErrWarm)
			assert.EqualValues(w, 9, w.asOf())
			tell(l, trade("A-B", "1"))
			got, err := w.Trade("A-B", 0)
			require.NoError(w, err)
			assert.Equal(w, Stream, got.Source)
		}},
		{"the market is unknown, and not synced, until it is told or answered", func(w *world) {
			w.warmed(warmTrade("A-B", "1", w.moment(0)), warmTrade("C-D", "1", w.moment(0)))
			w.list("A-B", "C-D")
			l := w.link(tradesOnly, "A-B", "C-D")
			assert.Equal(w, []Market{"A-B", "C-D"}, w.Status().Unknown)
			assert.False(w, w.Status().Synced)
			tell(l, trade("A-B", "2"))
			w.at(1)
			w.answer(l, 1, trade("C-D", "1"))
			assert.True(w, w.Status().Synced)
			assert.Equal(w, Live, w.Status().State)
		}},
		{"a group that the stream has not told stays a memory", func(w *world) {
			tk := warmTrade("A-B", "1", w.moment(0))
			tk.Quote = quoted("3", 0).Quote
			tk.Quote.Source = REST
			w.warmed(tk)
			l := w.link(bothGroups)
			tell(l, trade("A-B", "2"))
			_, err := w.Quote("A-B", time.Hour)
			require.ErrorIs(w, err, ErrWarm)
			assert.Equal(w, []Market{"A-B"}, w.Status().Unknown)
			tell(l, quoted("4", 0))
			assert.Empty(w, w.Status().Unknown)
		}},
		{"what the list lacks vanishes, and can come back", func(w *world) {
			w.warmed(warmTrade("A-B", "1", w.moment(0)), warmTrade("C-D", "1", w.moment(0)))
			w.list("C-D")
			_, err := w.Trade("A-B", time.Hour)
			require.ErrorIs(w, err, ErrRemoved)
			assert.Empty(w, w.price())
			w.list("A-B", "C-D")
			_, err = w.Trade("A-B", time.Hour)
			require.ErrorIs(w, err, ErrUnknown)
			_, err = w.Trade("C-D", time.Hour)
			require.ErrorIs(w, err, ErrWarm)
		}},
		{"an AsOf in the future is dropped", func(w *world) {
			w.warmed(warmTrade("A-B", "1", w.moment(60)))
			got, _ := w.Get("A-B")
			assert.True(w, got.Trade.AsOf.IsZero())
			assert.Equal(w, time.Duration(math.MaxInt64), got.Trade.Age())
		}},
		{"nothing that was told or answered or removed is overwritten", func(w *world) {
			l := w.link(tradesOnly, "A-B", "C-D", "E-F")
			tell(l, keyed("5", 7))
			w.answer(l, 0, trade("C-D", "5"))
			tell(l, trade("E-F", "5"))
			w.at(1)
			w.list("A-B", "C-D")
			w.list("A-B", "C-D")
			before := w.AppendAll(nil)
			w.warmed(warmTrade("A-B", "1", w.moment(1)), warmTrade("C-D", "1", w.moment(1)), warmTrade("E-F", "1", w.moment(1)))
			assert.Equal(w, before, w.AppendAll(nil))
		}},
		{"a market that is listed but does not trade says so", func(w *world) {
			w.warmed(warmTrade("A-B", "1", w.moment(0)))
			w.k.List([]Listed{{"A-B", false}}, w.moment(0))
			_, err := w.Trade("A-B", time.Hour)
			require.ErrorIs(w, err, ErrNotTrading)
		}},
		{"while a run has the Book nothing is read", func(w *world) {
			_, err := w.ReadFrom(bytes.NewReader(appendFile(nil, "sim", nil)))
			require.ErrorIs(w, err, ErrKept)
		}},
		{"watchers are told it, and told again what replaces it", func(w *world) {
			w.k.End(nil)
			watch := w.watch(nil)
			watch.end = nil // it was there before the first run
			w.warmed(warmTrade("A-B", "1", w.moment(0)))
			watch.conn, watch.connected = Change{}, false
			assert.Equal(w, Warm, watch.next(w.Context()).Trade.Source)
			w.list("A-B")
			l := w.link(tradesOnly)
			assert.True(w, watch.next(w.Context()).Up)
			w.answer(l, 0, trade("A-B", "1"))
			assert.Equal(w, REST, watch.next(w.Context()).Trade.Source)
			w.unwatch(watch)
		}},
	} {
		t.Run(p.promise, func(t *testing.T) { inWorld(t, 0, p.schedule) })
	}
}

// The oldest are wanted first: Wanted says how old each is.
func TestWarmSaysHowOld(t *testing.T) {
	inWorld(t, 0, func(w *world) {
		w.at(9)
		w.warmed(warmTrade("A-B", "1", w.moment(8)), warmTrade("C-D", "1", w.moment(3)))
		w.link(tradesOnly, "A-B", "C-D", "E-F")
		got := map[Market]float64{}
		for _, want := range w.k.Wanted(nil) {
			assert.False(w, want.Known)
			got[want.Market] = w.seconds(want.AsOf)
		}
		assert.Len(w, got, 3)
		assert.EqualValues(w, 8, got["A-B"])
		assert.EqualValues(w, 3, got["C-D"])
		assert.Less(w, got["E-F"], float64(0))
	})
}

func TestWarmOfAnotherExchange(t *testing.T) {
	file := appendFile(nil, "kraken", []Ticker{warmTrade("A-B", "1", time.Now())})
	var b Book
	_, err := b.ReadFrom(bytes.NewReader(file))
	require.NoError(t, err)
	assert.Equal(t, "kraken", b.Name())
	_, err = b.Keep("binance")
	require.ErrorIs(t, err, ErrOtherExchange)
	k, err := b.Keep("kraken")
	require.NoError(t, err)
	k.End(nil)
	_, err = b.ReadFrom(bytes.NewReader(appendFile(nil, "binance", nil)))
	require.ErrorIs(t, err, ErrOtherExchange)
	assert.Equal(t, "kraken", b.Name())
}

// A Book that was written and read is what it was, but for what a run has to
// learn by itself.
func TestWarmRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, l, us := crowd(t, 300)
		us[0].Trade.Time = time.Now().Add(-time.Minute)
		us[0].Quote.Key = 7
		require.NoError(t, l.Stream(us, time.Now()))
		time.Sleep(time.Second)
		l.Heard(time.Now())
		var file bytes.Buffer
		n, err := b.WriteTo(&file)
		require.NoError(t, err)
		assert.EqualValues(t, file.Len(), n)
		var again Book
		read, err := again.ReadFrom(&file)
		require.NoError(t, err)
		assert.Equal(t, n, read)
		want := b.AppendAll(nil)
		require.Len(t, want, 300)
		for i := range want {
			for g := range groups {
				st := want[i].stamp(g)
				if st.Source != NoSource {
					*st = Stamp{Time: utc(st.Time), AsOf: utc(st.AsOf), Source: Warm}
				} else {
					*st = Stamp{}
				}
			}
		}
		assert.Equal(t, want, again.AppendAll(nil))
	})
}

// utc is a time as a file keeps it.
func utc(t time.Time) time.Time { return t.Round(0).UTC() }

func TestWarmThatCannotBeReadOrWritten(t *testing.T) {
	var b Book
	_, err := b.ReadFrom(iotest.ErrReader(io.ErrClosedPipe))
	require.ErrorIs(t, err, io.ErrClosedPipe)
	_, err = b.ReadFrom(io.LimitReader(zeros{}, maxFile+1000))
	require.ErrorIs(t, err, ErrDamaged)
	_, err = b.WriteTo(broken{})
	require.ErrorIs(t, err, errBroken)
	_, known := b.Get("A-B")
	assert.False(t, known)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

var errBroken = errors.New("no space")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

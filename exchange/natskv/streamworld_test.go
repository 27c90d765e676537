package natskv

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/ticker"
)

// world is a bucket in virtual time, and a stream that reads it.
type world struct {
	*testing.T
	c        chan jetstream.KeyValueEntry
	revision uint64
	beaten   uint64 // the revision of the last heartbeat
	src      *Source
	w        *watching
	st       *stream
	began    time.Time // of the publisher's clock
}

const trip = 10 * time.Millisecond

func inWorld(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, c: make(chan jetstream.KeyValueEntry, 100), began: time.Now()}
		w.src = NewSource(nil, "tickers-x", nil)
		w.w = &watching{s: w.src, kw: w, replica: newReplica(&w.src.order)}
		w.w.cancel = func() { close(w.c) }
		w.w.flush = func(context.Context) error { time.Sleep(trip); return nil }
		defer func() {
			if w.st != nil {
				assert.NoError(t, w.st.Close())
			}
		}()
		f(t, w)
	})
}

func (w *world) Updates() <-chan jetstream.KeyValueEntry { return w.c }
func (w *world) Stop() error                             { return nil }

// join reads what the bucket holds, and opens the stream.
func (w *world) join(ms ...ticker.Market) {
	require.NoError(w, w.w.load(w.Context()))
	w.st = newStream(w.w)
	w.st.begin(listed(ms...))
}

func listed(ms ...ticker.Market) (ls []exchange.Listing) {
	for _, m := range ms {
		ls = append(ls, exchange.Listing{Market: m, Trading: true})
	}
	return ls
}

// key writes a key, as somebody does who is no publisher.
func (w *world) key(key string, value []byte) {
	w.revision++
	w.c <- written{key, value, w.revision, w}
}

// tell writes the record of a market.
func (w *world) tell(m ticker.Market, rec record) {
	key, ok := marketKey(m)
	require.True(w, ok)
	w.key(key, appendRecord(nil, &rec))
}

// beats writes a heartbeat.
func (w *world) beats(epoch uint64, lines ...line) {
	b := beat{Exchange: "x", Epoch: epoch, Phase: live, Now: w.now(), State: ticker.Live.String(), Publisher: "a", Links: lines, Of: w.beaten, Took: trip}
	w.key(statusKey, appendBeat(nil, &b))
	w.beaten = w.revision
}

// now is what the publisher's clock shows.
func (w *world) now() tick { return tick(time.Since(w.began)) }

// truly is when the publisher's clock showed that, less what is taken off.
func (w *world) truly(at tick) time.Time { return w.began.Add(time.Duration(at) - 2*trip) }

// read reads one frame; what comes later than now is not waited for.
func (w *world) read() ([]ticker.Update, error) {
	ctx, cancel := context.WithTimeout(w.Context(), 1)
	defer cancel()
	return w.st.Read(ctx, nil)
}

// heard reads a heartbeat that comes while it is waited for, and that makes the
// publisher's clock known, if those before it have not.
func (w *world) heard(epoch uint64, lines ...line) []ticker.Update {
	w.nearly(epoch)
	return w.waited(epoch, lines...)
}

// nearly reads heartbeats until the next one makes the publisher's clock known.
func (w *world) nearly(epoch uint64) {
	for r := w.w.replica; r.tenure != epoch && (r.nextOf != epoch || r.next.open.here <= 0); {
		require.Empty(w, w.waited(epoch))
		time.Sleep(2 * trip)
		synctest.Wait()
	}
}

// waited reads a heartbeat that comes while it is waited for.
func (w *world) waited(epoch uint64, lines ...line) []ticker.Update {
	go func() {
		time.Sleep(time.Millisecond)
		w.beats(epoch, lines...)
	}()
	us, err := w.st.Read(w.Context(), nil)
	require.NoError(w, err)
	synctest.Wait()
	return us
}

// rec is the record of a trade, told at that moment of the publisher's clock; its
// AsOf follows the link, unless that is zero.
func rec(epoch uint64, price int64, at tick, link uint64) record {
	r := bare(epoch)
	r.known = true
	r.ticker.Trade.Price = decimal.MustNew(price, 0)
	r.ticker.Trade.Source, r.ticker.Trade.Kind = ticker.Stream, ticker.EveryChange
	r.clocks[0] = clock{asOf: at, received: at}
	if link != 0 {
		r.link, r.follows = link, ticker.TradeGroup
	}
	return r
}

func keyed(r record, key uint64) record {
	r.ticker.Trade.Key = key
	return r
}

// heardAt is the line of a link.
func heardAt(link uint64, at tick) line {
	return line{Link: link, Heard: at, Trade: told{Kind: ticker.EveryChange}}
}

// written is one key as a watch gives it.
type written struct {
	key      string
	value    []byte
	revision uint64
	w        *world
}

func (v written) Bucket() string                  { return "" }
func (v written) Key() string                     { return v.key }
func (v written) Value() []byte                   { return v.value }
func (v written) Revision() uint64                { return v.revision }
func (v written) Created() time.Time              { return time.Time{} }
func (v written) Delta() uint64                   { return uint64(len(v.w.c)) }
func (v written) Operation() jetstream.KeyValueOp { return jetstream.KeyValuePut }

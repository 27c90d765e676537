package natskv

import (
	"sync"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// catchUp is for how long lower order keys are taken for old news. Where they are still
// the newest that an exchange knows so long after the higher ones were told, it counts
// anew.
const catchUp = 10 * time.Second

// tenure names one publisher's time in charge of a bucket.
type tenure struct {
	bucket int64
	epoch  uint64
}

// keys names the tenure among all others, as the epoch of the revisions: those of
// another bucket count anew. It is never zero.
func (t tenure) keys() uint32 {
	h := uint64(t.bucket)*0x9e3779b97f4a7c15 + t.epoch
	h = (h ^ h>>32) * 0xd6e8feb86659fd93
	return uint32(h>>32) | 1
}

// order remembers what was told last, so that no market steps back when another
// publisher takes over that is behind: by the exchange's order keys or, where it has
// none, by when the value was told and up to when another one is the newest that is
// known. It outlives the streams of a Source. The zero value is ready.
type order struct {
	mu   sync.Mutex
	last map[ticker.Market]*[groups]orderKey
}

// orderKey is the last that was told of a group, and by whom.
type orderKey struct {
	key      uint64
	epoch    uint32
	by       tenure // zero: nothing was told
	received time.Time
	values   uint64 // a hash of them
}

// behind returns the groups in which a record is behind what an earlier publisher
// told, and takes the others for told, as they are in t. reach is up to when each is
// known to be the newest; zero: nobody knows.
func (o *order) behind(m ticker.Market, rec *record, t *ticker.Ticker, reach [groups]time.Time, by tenure, now time.Time) (gs ticker.Groups) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last == nil {
		o.last = make(map[ticker.Market]*[groups]orderKey)
	}
	last := o.last[m]
	for g := range groups {
		st := stamp(&rec.ticker, g)
		if st.Source == ticker.NoSource {
			continue
		}
		if last == nil {
			last = new([groups]orderKey)
			o.last[m] = last
		}
		l := &last[g]
		hash := hashed(t, g)
		older := reach[g].Before(l.received) && hash != l.values
		if st.Key != 0 && l.key != 0 && l.epoch == st.Epoch {
			older = st.Key < l.key && reach[g].Before(l.received.Add(catchUp))
		}
		if l.by != (tenure{}) && l.by != by && older {
			gs |= 1 << g
			continue
		}
		*l = orderKey{st.Key, st.Epoch, by, stamp(t, g).Received, hash}
		if l.received.IsZero() {
			l.received = now
		}
	}
	return gs
}

// hashed is a hash of a group's values.
func hashed(t *ticker.Ticker, g int) (h uint64) {
	for _, d := range values(t, g) {
		h = (h^d.Coef())*0x100000001b3 + uint64(d.Scale())
	}
	return h
}

// forget forgets a market that was removed.
func (o *order) forget(m ticker.Market) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.last, m)
}

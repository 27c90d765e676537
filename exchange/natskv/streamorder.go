package natskv

import (
	"sync"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// catchUp is how long after a take-over lower order keys are taken for old news.
// What an exchange still tells then with lower ones, it counts anew.
const catchUp = time.Minute

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

// uneven is by how much one connection of an exchange may be behind another.
const uneven = time.Second

// order remembers what was told last, so that no market steps back when another
// publisher takes over that is behind: by the exchange's order keys or, where it has
// none, by when the value was told and up to when the other one is the newest that is
// known. It outlives the streams of a Source. The zero value is ready.
type order struct {
	mu    sync.Mutex
	since map[tenure]time.Time // when each was first told
	last  map[ticker.Market]*[groups]orderKey
}

// orderKey is the last that was told of a group, and by whom.
type orderKey struct {
	key      uint64
	epoch    uint32
	by       tenure    // zero: nothing was told
	received time.Time // zero: nobody knows
}

// behind returns the groups in which a record is behind what an earlier publisher
// told, and takes the others for told, as they are in t. reach is up to when each is
// known to be the newest, fresh are those that are news.
func (o *order) behind(m ticker.Market, rec *record, t *ticker.Ticker, reach [groups]time.Time, fresh ticker.Groups, by tenure, now time.Time) (gs ticker.Groups) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last == nil {
		o.last, o.since = make(map[ticker.Market]*[groups]orderKey), make(map[tenure]time.Time)
	}
	if o.since[by].IsZero() {
		o.since[by] = now
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
		older := l.key > st.Key && !(fresh.Has(1<<g) && now.Sub(o.since[by]) >= catchUp)
		if st.Key == 0 || l.key == 0 || l.epoch != st.Epoch {
			older = !l.received.IsZero() && reach[g].Before(l.received.Add(-uneven))
		}
		if l.by != (tenure{}) && l.by != by && older {
			gs |= 1 << g
			continue
		}
		*l = orderKey{st.Key, st.Epoch, by, stamp(t, g).Received}
	}
	return gs
}

// forget forgets a market that was removed.
func (o *order) forget(m ticker.Market) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.last, m)
}

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

// order remembers which of the exchange's order keys were told last, so that no
// market steps back when another publisher takes over that is behind. It outlives
// the streams of a Source. The zero value is ready.
type order struct {
	mu    sync.Mutex
	since map[tenure]time.Time // when each was first told
	last  map[ticker.Market]*[groups]orderKey
}

// orderKey is the last that was told of a group, and by whom.
type orderKey struct {
	key   uint64
	epoch uint32
	by    tenure
}

// behind returns the groups in which a record is behind what an earlier publisher
// told, and takes the keys of the others for told. fresh are those that are news.
func (o *order) behind(m ticker.Market, rec *record, fresh ticker.Groups, by tenure, now time.Time) (gs ticker.Groups) {
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
		if st.Key == 0 {
			continue
		}
		if last == nil {
			last = new([groups]orderKey)
			o.last[m] = last
		}
		l := &last[g]
		again := fresh.Has(1<<g) && now.Sub(o.since[by]) >= catchUp
		if l.key > st.Key && l.epoch == st.Epoch && l.by != by && !again {
			gs |= 1 << g
			continue
		}
		*l = orderKey{st.Key, st.Epoch, by}
	}
	return gs
}

// forget forgets a market that was removed.
func (o *order) forget(m ticker.Market) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.last, m)
}

package ticker

import (
	"bytes"
	"time"

	"github.com/stretchr/testify/require"
)

// warm fills what is unknown with what a file tells.
func (m *model) warm(us []mUpdate, now time.Time) {
	for _, u := range us {
		k := m.market(u.market)
		for g := range k.groups {
			if s := &k.groups[g]; u.has[g] && s.source == NoSource && !k.removed {
				*s = mGroup{source: Warm, value: u.value[g], time: u.time, asOf: u.time}
				if s.asOf.After(now) {
					s.asOf = time.Time{}
				}
				m.accept(u.market, g, s)
			}
		}
	}
}

// vanish removes what only a file has told, and the list lacks.
func (m *model) vanish() {
	for _, k := range m.markets {
		k.removed = k.removed || !k.listed && k.readable()
	}
}

// told: the exchange said it in this run.
func (s *mGroup) told() bool { return s.source == Stream || s.source == REST }

// cool: what a file told leaves no trace in what replaces it.
func (s *mGroup) cool() {
	if s.source == Warm {
		s.asOf = time.Time{}
	}
}

// warm reads a file into the Book and into the model.
func (f *fuzzer) warm() {
	var us []mUpdate
	var ts []Ticker
	for _, m := range f.some() {
		u := mUpdate{market: m, time: f.ago(4).Add(500 * time.Millisecond).UTC()}
		how := 1 + f.next(7)
		for g := range groups {
			u.has[g], u.value[g] = how>>g&1 != 0, int64(f.next(5))
		}
		t := u.update().Ticker
		for g := range groups {
			if u.has[g] {
				t.stamp(g).Source, t.stamp(g).AsOf = REST, u.time
			}
		}
		us, ts = append(us, u), append(ts, t)
	}
	_, err := f.b.ReadFrom(bytes.NewReader(appendFile(nil, "fuzz", ts)))
	if f.m.open() > 0 {
		require.ErrorIs(f, err, ErrKept)
		return
	}
	require.NoError(f, err)
	f.m.warm(us, time.Now())
	if f.m.ended { // and with it the watcher
		f.rewatch()
	}
}

package natskv

import "github.com/tickersync/tickersync/ticker"

// held is one market: its record as it stands in the bucket, which takes a tenth of
// the room that it does when it is read.
type held struct {
	value    []byte // nil: none has come
	revision uint64
	epoch    uint64 // of the record
	removed  bool   // so it says
	carried  bool   // the stream is to tell it
	told     bool   // and has told this record, or what of it was new
	hinted   bool   // the engine knows that it should read the list again
	gone     bool   // it was told that the market is removed
}

// record reads the record, which was read before.
func (e *held) record() record {
	rec, err := parseRecord(e.value)
	if err != nil {
		panic(err)
	}
	return rec
}

// listed reports whether the exchange lists the market, as far as is known.
func (e *held) listed(tenure uint64) bool { return e.value != nil && !e.removed && e.epoch >= tenure }

// present are the groups that a record has.
func present(rec *record) (gs ticker.Groups) {
	for g := range groups {
		if stamp(&rec.ticker, g).Source != ticker.NoSource {
			gs |= 1 << g
		}
	}
	return gs
}

// changed are the groups that are others in a later record of the same tenure.
func changed(old, rec *record) (gs ticker.Groups) {
	a, b := &old.ticker, &rec.ticker
	same := [groups]bool{a.Trade == b.Trade, a.Quote == b.Quote, a.Stats == b.Stats}
	for g := range groups {
		if !same[g] || old.clocks[g] != rec.clocks[g] {
			gs |= 1 << g
		}
	}
	return gs & present(rec)
}

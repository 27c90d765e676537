package ticker

import "time"

// State is what a Book's engine is about. The zero value is Idle.
type State uint8

const (
	Idle       State = iota // no Run has begun
	Connecting              // Run has begun; no connection has been open yet
	Syncing                 // connected; some market is unknown or not confirmed
	Live                    // connected; every market is known and confirmed
	Down                    // a connection was lost and is not back yet
	Ended                   // Run has returned
)

// String returns the name of the state.
func (s State) String() string {
	return name(int(s), "idle", "connecting", "syncing", "live", "down", "ended")
}

// Status is how a Book stands. It is a copy: keep it freely.
type Status struct {
	Name    string    // the exchange's
	State   State     // what the engine is about
	Since   time.Time // when State began
	Synced  bool      // each market was known, or refused, once
	Known   int       // markets known now
	Total   int       // markets that the exchange lists, those refused included
	Unknown []Market  // listed and trading, but not known yet
	Refused map[Market]string
	Listed  time.Time // when the last list that was believed was asked for; zero: there is none
	// ShortList is not nil while the exchange's last list was too short to believe.
	ShortList   *ShortListError
	Connections int // open now
	Reconnects  int // connections that replaced a lost one, a relay's origin's included
	Backfill    Backfill
	// Budget is what could be spent on REST requests now, in the exchange's own
	// unit: requests, or their weight. Zero also where there is no budget.
	Budget int

	Late   uint64 // messages dropped because a newer one had come
	Double uint64 // messages told again
	Stray  uint64 // messages about a market that their connection does not carry
	Bad    uint64 // frames that could not be read, or not wholly

	Audit Audit // what comparing the Book with REST answers has shown

	Origin OriginStatus // how the Book stands that a relay repeats; zero: no relay, or not told yet

	LastError error // the last error that Run went on from, or the one it ended with
}

// Status returns how the Book stands.
func (b *Book) Status() Status {
	st, budget := b.stands()
	if budget != nil {
		st.Budget = budget()
	}
	return st
}

// stands copies what Status returns, less what has to be asked without the lock.
func (b *Book) stands() (Status, func() int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	st := b.status
	st.Name, st.Synced, st.Connections = b.name, b.isSynced, len(b.links)
	if b.short != nil {
		short := *b.short
		st.ShortList = &short
	}
	if b.ended && b.err != nil {
		st.LastError = b.err
	}
	st.Backfill.Wanted, st.Audit.Round = b.wanted, b.round()
	if p := st.Backfill.Pace; p > 0 {
		st.Backfill.Left = time.Duration(float64(b.wanted) / p * float64(time.Second))
	}
	st.Refused = make(map[Market]string)
	for i := range b.slots {
		s := &b.slots[i]
		if !s.listed || s.removed {
			continue
		}
		st.Total++
		switch {
		case s.refused() != "":
			st.Refused[s.ticker.Market] = s.refused()
		case s.known:
			st.Known++
		default:
			st.Unknown = append(st.Unknown, s.ticker.Market)
		}
	}
	return st, b.budget
}

// StatusChanged returns a channel that is closed when the state, the
// connections, the refused markets, Synced or Origin next change; never for counters.
// Take the channel first and the Status then, and no change is missed.
func (b *Book) StatusChanged() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.changed
}

func (b *Book) fire() {
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

func (b *Book) state() State {
	switch {
	case b.ended:
		return Ended
	case b.keeper == nil && len(b.links) == 0:
		return Idle
	case b.standing() < b.expect && b.opened, b.lost != nil:
		return Down
	case len(b.links) == 0:
		return Connecting
	case b.unknown > 0 || b.wanted > 0 || b.syncsThere():
		return Syncing
	}
	return Live
}

// standing is how many links are open, less those that are to replace others.
func (b *Book) standing() (n int) {
	for _, l := range b.links {
		n += count(l.spare == nil)
	}
	return n
}

// note brings the state up to date after a change, and tells who waits for it.
func (b *Book) note(fire bool) {
	b.counted = false
	if b.unknown == 0 && !b.isSynced && b.opened && b.anyListed() {
		b.isSynced, fire = true, true
		close(b.syncedChan())
	}
	if b.relay {
		b.attend()
	}
	if s := b.state(); s != b.status.State {
		b.status.State, b.status.Since, fire = s, time.Now(), true
	}
	if fire {
		b.fire()
	}
}

func (b *Book) anyListed() bool {
	for i := range b.slots {
		if b.slots[i].listed {
			return true
		}
	}
	return false
}

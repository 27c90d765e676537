package history

import "time"

// life is a row of link_life: what a link had been heard to say at any moment t
// from since on is the earlier of to and t - (since - from).
type life struct{ since, from, to time.Time }

const (
	// silence is how long a link may say nothing within one life. It is more than
	// the second after which lives are extended, and so costs no row where frames
	// come at least that often.
	silence = 2500 * time.Millisecond
	// lag is how much later or sooner frames may come within one life.
	lag = time.Second
)

// extend returns the life after it was seen, at the given moment, that the link
// had been heard up to heard, and whether that is another row: so that what the
// rows say of a moment is never further from what was heard by then than silence.
// The zero life is that of a link that was not heard yet.
func (l life) extend(at, heard time.Time) (_ life, another bool) {
	switch later := at.Sub(heard) - l.since.Sub(l.from); {
	case l.to.IsZero(), heard.Sub(l.to) > silence, heard.After(l.to) && (later > lag || later < -lag):
		return life{at, heard, heard}, true
	case heard.After(l.to):
		l.to = heard
	}
	return l, false
}

// at returns what the link had been heard to say at a moment not before since.
func (l life) at(t time.Time) time.Time {
	if heard := t.Add(-l.since.Sub(l.from)); heard.Before(l.to) {
		return heard
	}
	return l.to
}

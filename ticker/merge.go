package ticker

import "time"

// verdict is what the rules make of one message for one group of one market.
type verdict uint8

const (
	ignored   verdict = iota // the message has nothing to add
	late                     // below the key that is held: dropped, and the held value is in doubt
	double                   // told again: the link has spoken, the value stays
	replaced                 // the message's value is the newest
	confirmed                // replaced, and AsOf follows the link from now on
	filled                   // the first value: readable, but to be asked again
	settled                  // the value stays, and is no longer in doubt
	restarted                // the exchange counts anew: all keys of the link are void
	awaited                  // a market passes: the next link may still be behind what is held
	taken                    // it is not: what it has told is merged
	kept                     // it has told nothing since, because nothing changed
	lost                     // it has told nothing, and something may have changed between the links
)

// rule is one of the rules of merging. Tests switch each off and see what breaks.
type rule uint64

const (
	ruleKey      rule = 1 << iota // what has a lower key than the held value is dropped
	ruleEpoch                     // keys compare only within one epoch
	ruleDouble                    // an equal key with an equal value changes nothing
	ruleRepeat                    // a repeated OnTrade message never replaces a newer answer
	ruleAnew                      // nor does one without a key, if it says that it is older
	ruleHigher                    // an answer above the stream's key replaces
	ruleTold                      // if valid since that was told: a cache may hold keys of before a restart
	ruleUnder                     // an answer goes under what the link has told
	ruleLater                     // but over an OnTrade value that was told before the answer was valid
	ruleBegin                     // an answer from before the link's beginning confirms nothing
	ruleFill                      // and replaces nothing
	ruleOnce                      // a confirmed group takes no further answer
	ruleAnswered                  // an answer replaces what was read here before only if valid since
	ruleCacheAge                  // an answer is as old as its cache
	ruleDoubt                     // AsOf stands still while messages below the key come
	ruleSettle                    // until the stream catches up, or an answer valid since the last of them settles it
	ruleRestart                   // when that goes on, the keys are void
	ruleOwner                     // only the link that owns a market writes to it
	ruleLag                       // a late frame counts for when it was sent
	ruleOld                       // an OnTrade group told anew is as old as its trade
	ruleVote                      // AsOf stands still from the first vote for removal
	ruleTwice                     // one vote removes nothing
	ruleShort                     // nor do two, where a list is much too short
	ruleSince                     // a list asked before the market's last message is no vote
	ruleHalted                    // a market that does not trade takes no answer
	ruleWarm                      // any answer replaces what a file told
	ruleFile                      // and is no younger for it
	ruleHeal                      // what an answer told and the stream never does replaces
	ruleOwed                      // when the stream has had the time to tell it
	ruleMoot                      // but not over what the stream has told since
	rulePast                      // nor is it what the stream told before
	ruleCharge                    // a market passes to another link when no AsOf stands still for it
	ruleReach                     // with keys, at the first that is not lower than the held one
	ruleLower                     // and not at a lower one
	ruleOverlap                   // without, when the next link cannot owe what is held
	ruleNewest                    // with the newest that it has told
	ruleKept                      // where it has told nothing, the value stays confirmed
	ruleSure                      // if nothing can have changed between the two links
	ruleWait                      // until then an answer changes nothing
	ruleSilent                    // a link that has been silent for long owes nothing
	ruleFed                       // the word of an origin's link moves nothing before its delay is known
	ruleAhead                     // and reaches no further than the frame that told of it
	ruleAgain                     // what a relay tells again is no older for it
	ruleSaid                      // a list does not overrule what the origin says of a market
	ruleGone                      // nor does one asked before its removal bring it back
)

// overdue is how long messages below the held key may come before the exchange
// is taken to count anew: more than a feed owes when an answer overtakes it.
const overdue = 5 * time.Second

// cached is the same where nothing but answers are below the key: the exchange
// would have to count anew and have nothing to tell, and a cache that is older
// than it says is more likely.
const cached = 15 * time.Minute

// grace is how long a frame is taken to be on its way, at most, where markets pass
// from one link to another: what a link tells is complete up to grace, and the
// feed's delay, before its last frame.
const grace = 2 * time.Second

// owes is how long a feed may owe a change.
func (t *Told) owes() time.Duration { return t.Delay + grace }

// held is what a Book holds of one group of one market, as far as the rules ask.
type held struct {
	source    Source
	key       uint64
	epoch     uint32
	received  time.Time // when the value was read here
	asOf      time.Time // since when it is certainly true, or later
	spoken    bool      // the link has told it
	confirmed bool      // an answer has confirmed it under the link
	doubt     time.Time // since when messages below the key have come; zero: none
	dropped   time.Time // when the last of them came
	lower     bool      // the stream has told one of them
}

// message is what a frame or an answer says of that group.
type message struct {
	key      uint64
	epoch    uint32
	same     bool // it has the key and the values that are held
	received time.Time
	valid    time.Time // the moment at which it was certainly true
}

type order int8

const (
	unordered order = iota
	below
	equal
	above
)

func compare(h *held, m *message, off rule) order {
	switch {
	case h.key == 0 || m.key == 0, h.epoch != m.epoch && off&ruleEpoch == 0, off&ruleKey != 0:
		return unordered
	case m.key < h.key:
		return below
	case m.key == h.key:
		return equal
	}
	return above
}

// gone reports whether the doubt has lasted for so long, and what the feed owes,
// that the keys must be void.
func (h *held) gone(m *message, t *Told, long time.Duration, off rule) bool {
	return !h.doubt.IsZero() && m.received.Sub(h.doubt) > t.Delay+long && off&ruleRestart == 0
}

// mergeStream is the table for what the link that owns the market tells.
func mergeStream(h *held, m *message, t *Told, off rule) verdict {
	switch compare(h, m, off) {
	case below:
		if h.gone(m, t, overdue, off) {
			return restarted
		}
		return late
	case equal:
		if t.Kind == OnTrade && h.source == REST && off&ruleRepeat == 0 {
			return double
		}
		if m.same && off&ruleDouble == 0 {
			return double
		}
	case unordered:
		if t.Kind == OnTrade && h.source == REST && m.valid.Before(h.asOf) && off&ruleAnew == 0 {
			return double
		}
	}
	return replaced
}

// replaces reports whether mergeStream, with all rules, says so for certain. It is
// asked first, because nearly every message does and a held costs more than that.
func replaces(st, in *Stamp, t *Told) bool {
	if st.Key != 0 && in.Key != 0 && st.Epoch == in.Epoch {
		return in.Key > st.Key
	}
	return t.Kind != OnTrade || st.Source != REST
}

// mergeAnswer is the table for REST answers. begin is the moment from which on
// the link that owns the market tells it; open is false when there is none.
func mergeAnswer(h *held, m *message, t *Told, begin time.Time, open bool, off rule) verdict {
	ord := compare(h, m, off)
	since := !m.valid.Before(begin) || off&ruleBegin != 0
	switch {
	case h.source == NoSource, h.source == Warm && off&ruleWarm == 0:
		if since && open {
			return confirmed
		}
		return filled
	case !open:
		return ignored
	case ord == below:
		return contradict(h, m, t, off)
	case !h.doubt.IsZero() && (!h.spoken && !since || m.valid.Before(h.dropped) && off&ruleSettle == 0):
		return ignored
	case !h.doubt.IsZero():
		if ord == equal && m.same {
			return settled
		}
		return confirmed
	case h.spoken && off&ruleUnder == 0:
		if ord == above && off&ruleHigher == 0 && (!m.valid.Before(h.received) || off&ruleTold != 0) {
			return replaced
		}
		if !t.follows() && m.valid.After(h.received) && off&ruleLater == 0 {
			return replaced
		}
		return ignored
	case !since:
		if off&ruleFill != 0 {
			return filled
		}
		return ignored
	case h.confirmed && t.follows() && off&ruleOnce == 0:
		return ignored
	case ord == unordered && m.valid.Before(h.received) && off&ruleAnswered == 0:
		return ignored
	}
	return confirmed
}

// contradict is for an answer below the held key. Mostly it is a cache; but when
// it was certainly true after the held value came, and stays so, the exchange
// has begun to count anew. A link that tells the market knows better than REST.
func contradict(h *held, m *message, t *Told, off rule) verdict {
	long := cached
	if h.lower {
		long = overdue
	}
	switch {
	case !h.doubt.IsZero() && !m.valid.Before(h.doubt) && h.gone(m, t, long, off):
		return restarted
	case h.doubt.IsZero() && !h.spoken && m.valid.After(h.received):
		return late
	}
	return ignored
}

// passing is how two links on one market stand, of which the next is to take over.
type passing struct {
	open  bool      // the old one is in charge still
	sure  bool      // it was heard after it had told all from before the next one's beginning
	heard time.Time // when the last frame on the next one was sent
}

// mergePassing is the table for a market that passes from one link to the next. m
// is the newest that the next one has told; nil: nothing.
func mergePassing(h *held, m *message, p *passing, t *Told, off rule) verdict {
	ord := unordered
	if m != nil {
		ord = compare(h, m, off)
	}
	switch {
	case m == nil && (t.Kind == Never || !h.source.told()):
		return kept
	case !h.source.told():
		return taken
	case (ord >= equal || ord == below && off&ruleLower != 0) && off&ruleReach == 0:
		return taken
	case ord == below && p.open, p.heard.Before(h.received.Add(t.owes())) && off&ruleOverlap == 0:
		return awaited
	case m != nil && off&ruleNewest == 0:
		return taken
	case p.sure && h.doubt.IsZero() && off&ruleKept == 0, off&ruleSure != 0:
		return kept
	case p.open:
		return awaited
	}
	return lost
}

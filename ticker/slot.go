package ticker

import "time"

const groups = 3 // trade, quote, stats

func (t *Ticker) stamp(i int) *Stamp {
	switch i {
	case 0:
		return &t.Trade.Stamp
	case 1:
		return &t.Quote.Stamp
	}
	return &t.Stats.Stamp
}

// set copies the values, not the stamp, of a group.
func (t *Ticker) set(i int, from *Ticker) {
	switch i {
	case 0:
		t.Trade.Price, t.Trade.Size = from.Trade.Price, from.Trade.Size
	case 1:
		s := t.Quote.Stamp
		t.Quote = from.Quote
		t.Quote.Stamp = s
	default:
		s := t.Stats.Stamp
		t.Stats = from.Stats
		t.Stats.Stamp = s
	}
}

// same reports whether a group has the same values in both.
func (t *Ticker) same(i int, u *Ticker) bool {
	switch i {
	case 0:
		return t.Trade.Price.Equal(u.Trade.Price) && t.Trade.Size.Equal(u.Trade.Size)
	case 1:
		return t.Quote.Bid.Equal(u.Quote.Bid) && t.Quote.BidSize.Equal(u.Quote.BidSize) &&
			t.Quote.Ask.Equal(u.Quote.Ask) && t.Quote.AskSize.Equal(u.Quote.AskSize)
	}
	return t.Stats.Open.Equal(u.Stats.Open) && t.Stats.High.Equal(u.Stats.High) &&
		t.Stats.Low.Equal(u.Stats.Low) && t.Stats.Volume.Equal(u.Stats.Volume)
}

// group is what a Book keeps of one group beside its value and stamp.
type group struct {
	spoken    bool // the slot's link has told it
	confirmed bool // an answer has confirmed it under the slot's link
}

// slot is one market of a Book. Slots are never given back: a removed market
// keeps its own, so that readers are told ErrRemoved and watchers the removal.
type slot struct {
	ticker              Ticker
	link                *Link // the link that owns the market, open or closed; nil: none yet
	next                *Link // the link that takes it over when that one is closed
	votedAt             time.Time
	refused             string // why the market will not be known; "": it is not refused
	watches             []mark
	groups              [groups]group
	doubts              *[groups]doubt // nil: no group is in doubt
	seen                uint32         // the last list or snapshot that had it
	votes               uint8          // lists in a row that lacked it
	listed              bool
	halted              bool // listed but not trading
	removed             bool
	read                bool // a reader looked since the market was last asked for
	asked               bool // a reader asked for it while it was unknown
	known               bool // each group that the exchange reports has been told or answered
	isUnknown, isWanted bool // as last counted
}

// expected reports whether completeness asks for the market.
func (s *slot) expected() bool { return s.listed && !s.halted && !s.removed && s.refused == "" }

// frozen reports whether AsOf stands still although a link carries the market.
func (s *slot) frozen(i int) bool {
	return s.votes > 0 && s.link.b.off&ruleVote == 0 || s.halted || s.removed || s.doubted(i)
}

// asOf computes law 3 for one group: while the link tells each change and
// nothing speaks against it, the group is as fresh as the connection.
func (s *slot) asOf(i int) time.Time {
	st, g, l := s.ticker.stamp(i), &s.groups[i], s.link
	if l == nil || l.feed.Relay || !(g.spoken || g.confirmed) || s.frozen(i) {
		return st.AsOf
	}
	t := &l.told[i]
	if !t.follows() || l.heard.IsZero() {
		return st.AsOf
	}
	at := l.heard
	if t.Delay != 0 {
		at = at.Add(-t.Delay)
	}
	if at.After(st.AsOf) {
		return at
	}
	return st.AsOf
}

// stop writes the computed AsOf down, before something makes it stand still.
func (s *slot) stop() {
	for i := range groups {
		s.ticker.stamp(i).AsOf = s.asOf(i)
	}
}

// copy returns the ticker as readers see it.
func (s *slot) copy(t *Ticker) {
	*t = s.ticker
	t.Trade.AsOf, t.Quote.AsOf, t.Stats.AsOf = s.asOf(0), s.asOf(1), s.asOf(2)
}

// own gives the market to a link, under which everything has to be told anew.
func (s *slot) own(l *Link) {
	s.stop()
	s.link, s.next, s.doubts = l, nil, nil
	for i := range groups {
		s.groups[i] = group{}
		s.ticker.stamp(i).Kind = l.told[i].Kind
	}
}

// forget drops the order keys: what comes next cannot be compared.
func (s *slot) forget() {
	for i := range groups {
		st := s.ticker.stamp(i)
		st.Key, st.Epoch = 0, 0
	}
}

// complete reports whether each group that the exchange reports is known.
func (s *slot) complete() bool {
	for i := range groups {
		if s.link.told[i].reported() && s.ticker.stamp(i).Source == NoSource {
			return false
		}
	}
	return true
}

// held is what the rules ask of a group.
func (s *slot) held(i int) held {
	st, g := s.ticker.stamp(i), &s.groups[i]
	h := held{source: st.Source, key: st.Key, epoch: st.Epoch, received: st.Received, spoken: g.spoken, confirmed: g.confirmed}
	if s.doubts != nil {
		h.doubt, h.dropped = s.doubts[i].since, s.doubts[i].last
	}
	return h
}

// want describes the market to an engine that may ask for it.
func (s *slot) want() Want {
	w := Want{Market: s.ticker.Market, Known: s.known}
	first := true
	for i := range groups {
		if !s.wants(i) {
			continue
		}
		at, asOf := s.useful(i), s.asOf(i)
		if first || at.Before(w.NotBefore) {
			w.NotBefore = at
		}
		if first || asOf.Before(w.AsOf) {
			w.AsOf = asOf
		}
		first = false
	}
	return w
}

// useful is the moment from which a request can confirm a group that wants it.
// What is in doubt is given a second to settle by itself.
func (s *slot) useful(i int) time.Time {
	st, t := s.ticker.stamp(i), &s.link.told[i]
	at := later(s.link.begin, st.Received)
	if s.doubted(i) {
		at = later(at, s.doubts[i].last.Add(time.Second))
	}
	return at.Add(t.CacheAge)
}

// wants reports whether an answer could add something to a group: REST answers
// carry it, and it is unknown or, while the link is open, unconfirmed or in doubt.
func (s *slot) wants(i int) bool {
	g := &s.groups[i]
	switch {
	case !s.link.told[i].REST:
		return false
	case s.link.err != nil:
		return s.ticker.stamp(i).Source == NoSource
	}
	return !(g.spoken || g.confirmed) || s.doubted(i)
}

// wanted reports whether an answer could add something to any group.
func (s *slot) wanted() bool {
	return s.expected() && (s.wants(0) || s.wants(1) || s.wants(2))
}

// unfollowed is the oldest AsOf of the groups that REST answers carry and the
// stream does not follow; zero where there is no such group.
func (s *slot) unfollowed() (oldest time.Time) {
	for i := range groups {
		t := &s.link.told[i]
		if a := s.asOf(i); t.REST && !t.follows() && (oldest.IsZero() || a.Before(oldest)) {
			oldest = a
		}
	}
	return oldest
}

// older reports whether the market has such a group, known but older than age.
func (s *slot) older(now time.Time, limit time.Duration) bool {
	if s.link == nil || s.link.err != nil || !s.known || !s.expected() {
		return false
	}
	at := s.unfollowed()
	return !at.IsZero() && age(at, now) > limit
}

// lastWord is the last moment at which the exchange was heard to have the market.
func (s *slot) lastWord() time.Time {
	var last time.Time
	for i := range groups {
		if r := s.ticker.stamp(i).Received; r.After(last) {
			last = r
		}
	}
	return last
}

// cause says why a group is older than a reader allows.
func (s *slot) cause(i int) error {
	g, l := &s.groups[i], s.link
	switch {
	case s.halted:
		return ErrNotTrading
	case s.votes > 0:
		return ErrUnlisted
	case l == nil:
		return ErrDown
	case l.err != nil:
		return l.err
	case s.doubted(i):
		return ErrDoubtful
	case !l.told[i].follows():
		return ErrNotFollowed
	case !g.spoken && !g.confirmed:
		return ErrUnconfirmed
	}
	return ErrSilent
}

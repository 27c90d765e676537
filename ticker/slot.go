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
		q := &from.Quote
		t.Quote.Bid, t.Quote.BidSize, t.Quote.Ask, t.Quote.AskSize = q.Bid, q.BidSize, q.Ask, q.AskSize
	default:
		s := &from.Stats
		t.Stats.Open, t.Stats.High, t.Stats.Low, t.Stats.Volume = s.Open, s.High, s.Low, s.Volume
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
	ticker Ticker
	// What each message and each read look at lies together.
	link                *Link    // the link that owns the market, open or closed; nil: none yet
	told                follows  // what its AsOf moves with, as recorded
	rare                *rare    // nil: there is nothing of it
	audit               *audited // nil: the market has never been compared
	groups              [groups]group
	votes               uint8  // lists in a row that lacked it
	follow              Groups // of a relay: those that move with line
	said                bool   // of a relay: link has told what its origin says of the market
	listed              bool
	halted              bool // listed but not trading
	removed             bool
	read                bool   // a reader looked since the market was last asked for
	asked               bool   // a reader asked for it while it was unknown
	known               bool   // see complete
	isUnknown, isWanted bool   // as last counted
	seen                uint32 // the last list or snapshot that had it
	changed             uint64 // the number of its last change that followers were told
}

// expected reports whether completeness asks for the market.
func (s *slot) expected() bool { return s.listed && !s.halted && !s.removed && s.refused() == "" }

// frozen reports whether AsOf stands still although a link carries the market.
func (s *slot) frozen(i int) bool {
	return s.votes > 0 && s.link.b.off&ruleVote == 0 || s.halted || s.removed || s.doubted(i)
}

// moves reports whether a group's AsOf moves with the word of a link: see word.
func (s *slot) moves(i int) bool {
	g, l := &s.groups[i], s.link
	if l == nil || !g.spoken && !g.confirmed || s.frozen(i) {
		return false
	}
	if l.feed.Relay {
		return s.line().carries(s.follow, i)
	}
	return l.told[i].follows()
}

// word is the link whose word moves AsOf: of a relay, one of the origin's.
func (s *slot) word() *Link {
	if s.link.feed.Relay {
		return s.line()
	}
	return s.link
}

// asOf computes law 3 for one group: while the link tells each change and
// nothing speaks against it, the group is as fresh as the connection.
func (s *slot) asOf(i int) time.Time {
	st := s.ticker.stamp(i)
	if !s.moves(i) {
		return st.AsOf
	}
	return later(st.AsOf, s.word().reach(i))
}

// reach is the AsOf of a group that moves with the link's word.
func (l *Link) reach(i int) time.Time {
	if d := l.told[i].Delay; d != 0 {
		return l.heard.Add(-d)
	}
	return l.heard
}

// stop writes the computed AsOf down, before something makes it stand still.
func (s *slot) stop() {
	for i := range groups {
		s.ticker.stamp(i).AsOf = s.asOf(i)
	}
}

// copy returns the ticker as readers see it: with what asOf returns for each
// group, since what that moves with was recorded.
func (s *slot) copy(t *Ticker) {
	*t = s.ticker
	g := s.told.groups
	if g == 0 {
		return
	}
	l := s.word()
	if at := l.reach(0); g.Has(TradeGroup) && at.After(s.ticker.Trade.AsOf) {
		t.Trade.AsOf = at
	}
	if at := l.reach(1); g.Has(QuoteGroup) && at.After(s.ticker.Quote.AsOf) {
		t.Quote.AsOf = at
	}
	if at := l.reach(2); g.Has(StatsGroup) && at.After(s.ticker.Stats.AsOf) {
		t.Stats.AsOf = at
	}
}

// own gives the market to a link, under which everything has to be told anew.
func (s *slot) own(l *Link) {
	s.stop()
	s.join(nil, 0)
	s.link, s.said = l, false
	if r := s.rare; r != nil {
		r.next, r.ahead, r.wait, r.doubts, r.carried = nil, nil, nil, nil, time.Time{}
		s.tidy()
	}
	for i := range groups {
		s.groups[i] = group{}
		if !l.feed.Relay {
			s.ticker.stamp(i).Kind = l.told[i].Kind
		}
	}
}

// forget drops the order keys, if there are any: what comes next cannot be compared.
func (s *slot) forget() (any bool) {
	for i := range groups {
		st := s.ticker.stamp(i)
		any = any || st.Key != 0 || st.Epoch != 0
		st.Key, st.Epoch = 0, 0
	}
	return any
}

// complete reports whether each group that can be asked for is known or, where
// none can be, each that the stream tells. Of a relay's its origin says so: see vouch.
func (s *slot) complete() bool {
	if s.link.feed.Relay {
		return false
	}
	told := &s.link.told
	asks := told[0].REST || told[1].REST || told[2].REST
	for i := range groups {
		if t := &told[i]; (t.REST || !asks && t.reported()) && !s.ticker.stamp(i).Source.told() {
			return false
		}
	}
	return true
}

// held is what the rules ask of a group.
func (s *slot) held(i int) held {
	st, g := s.ticker.stamp(i), &s.groups[i]
	h := held{source: st.Source, key: st.Key, epoch: st.Epoch, received: st.Received, asOf: st.AsOf, spoken: g.spoken, confirmed: g.confirmed}
	if s.doubted(i) {
		d := &s.rare.doubts[i]
		h.doubt, h.dropped, h.lower = d.since, d.last, d.told
	}
	return h
}

// lastWord is the last moment at which the exchange was heard to have the market.
// Of what a relay tells, that was at the origin: here it counts from when the relay
// carries it.
func (s *slot) lastWord() time.Time {
	var last time.Time
	if s.link != nil && s.link.feed.Relay {
		last = s.since()
	}
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
	case s.ticker.stamp(i).Source == Warm:
		return ErrWarm
	case l == nil:
		return ErrDown
	case l.err != nil:
		return l.err
	case s.doubted(i):
		return ErrDoubtful
	case l.feed.Relay:
		return s.causeThere(i)
	case !l.told[i].follows():
		return ErrNotFollowed
	case !g.spoken && !g.confirmed:
		return ErrUnconfirmed
	}
	return ErrSilent
}

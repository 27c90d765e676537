package main

import "time"

// summary tells what came of it, and what of that was not promised.
func (s *show) summary() {
	j := s.judge
	now := time.Now()
	j.settle(now.Add(settling))
	for _, r := range s.readers {
		n, right := 2*s.o.markets, j.right(r.book, now)
		s.say("SUMMARY", "%s: %d of %d prices are those of the exchange", r.name, right, n)
		if right != n {
			s.breaks("%s holds %d prices that are not those of the exchange", r.name, n-right)
		}
	}
	s.say("SUMMARY", "%d updates read, %d changes skipped", j.updates, s.lost)
	s.say("SUMMARY", "relay delay, collector's Book to reader's: half within %s, 99 %% within %s, of %d",
		short(j.delays.quantile(0.5)), short(j.delays.quantile(0.99)), j.delays.n)
	s.say("SUMMARY", "take-over: all readers live %s after the kill", short(s.took))
	s.say("SUMMARY", "steps back: %d of trades, which have order keys; %d of quotes, which have none, at the take-over", j.keyed, j.once)
	s.say("SUMMARY", "%d of %d prices looked at were older than they said", j.stale, j.looked)
	if j.keyed > 0 {
		s.breaks("trades stepped back %d times", j.keyed)
	}
	if j.again > 0 {
		s.breaks("quotes stepped back %d times more than once a take-over", j.again)
	}
	if j.foreign > 0 {
		s.breaks("%d prices were never the exchange's", j.foreign)
	}
	if j.stale > 0 {
		s.breaks("%d prices were older than they said", j.stale)
	}
}

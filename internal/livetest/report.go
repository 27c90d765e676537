package livetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// report is what was seen of an exchange.
type report struct {
	began   time.Time
	synced  time.Duration // zero: never
	changes int
	lags    [3][]time.Duration // of messages that carry the exchange's time, by group
	status  ticker.Status
	all     []ticker.Ticker
}

func stamps(t *ticker.Ticker) [3]ticker.Stamp {
	return [...]ticker.Stamp{t.Trade.Stamp, t.Quote.Stamp, t.Stats.Stamp}
}

// see notes how late a change came: that group of it which was read last.
func (r *report) see(c *ticker.Change) {
	if c.Market == "" || c.Removed {
		return
	}
	r.changes++
	newest := -1
	all := stamps(&c.Ticker)
	for i, s := range all {
		if s.Source == ticker.Stream && (newest < 0 || s.Received.After(all[newest].Received)) {
			newest = i
		}
	}
	if newest >= 0 && !all[newest].Time.IsZero() {
		s := all[newest]
		r.lags[newest] = append(r.lags[newest], s.Received.Sub(s.Time))
	}
}

// String says how much is known, from where, and how late it came.
func (r *report) String() string {
	var b strings.Builder
	st := &r.status
	synced := "not synced"
	if r.synced > 0 {
		synced = "synced after " + r.synced.Round(time.Millisecond).String()
	}
	fmt.Fprintf(&b, "%s: %s; %d of %d markets known, %d refused, %d unknown; %d changes", st.Name, synced,
		st.Known, st.Total, len(st.Refused), len(st.Unknown), r.changes)
	for i, name := range [...]string{"trade", "quote", "stats"} {
		told := map[ticker.Source]int{}
		for k := range r.all {
			told[stamps(&r.all[k])[i].Source]++
		}
		fmt.Fprintf(&b, "\n%s: %d markets by the stream, %d by REST, %d not", name, told[ticker.Stream], told[ticker.REST], told[ticker.NoSource])
		if l := r.lags[i]; len(l) > 0 {
			slices.Sort(l)
			fmt.Fprintf(&b, "; %d messages %v late, %v at least, %v at most, less the clocks' difference", len(l),
				brief(l[len(l)/2]), brief(l[0]), brief(l[len(l)-1]))
		}
	}
	fmt.Fprintf(&b, "\n%d connections, %d reconnects; messages: %d late, %d double, %d stray, %d unreadable",
		st.Connections, st.Reconnects, st.Late, st.Double, st.Stray, st.Bad)
	if st.LastError != nil {
		fmt.Fprintf(&b, "\nlast error: %v", st.LastError)
	}
	return b.String()
}

func brief(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

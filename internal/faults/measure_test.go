package faults_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// fault is something that goes wrong.
type fault struct {
	name string
	setup
	// first does something before the run starts. If early, the fault is one of the
	// start: nothing need be fresh before.
	first func(t *testing.T, r *rig)
	early bool
	// breaks makes it go wrong, and mend right again after lasts. If mend is nil,
	// it passes by itself.
	breaks func(t *testing.T, r *rig)
	mend   func(t *testing.T, r *rig)
	lasts  time.Duration
	// notice is within which documented time Status says so; a second more is
	// allowed. Negative: nothing is wrong for the Book, and nobody notices.
	notice time.Duration
	// says is what the notice must contain.
	says string
	// heal is within which time after its end every market is read as fresh.
	heal time.Duration
	// requests is the most that it may cost; zero: not checked.
	requests int
	// audit: nothing on the wire reveals it, so prices may be stale.
	audit bool
	// alone measures it instead, for lasts.
	alone func(t *testing.T, name string, lasts time.Duration) row
	// also is what else must hold when it has healed.
	also func(t *testing.T, r *rig) []string
}

// calm is how long a row runs before its fault, so that what is noticed is it.
const calm = 1500 * time.Millisecond

// healWithin is the longest back-off, and what connecting then takes.
const healWithin = 32 * time.Second

// measure runs one fault.
func measure(t *testing.T, f fault) (out row) {
	if f.alone != nil {
		return f.alone(t, f.name, f.lasts)
	}
	r := build(t, f.name, f.setup)
	defer r.close()
	if f.first != nil {
		f.first(t, r)
	}
	r.start(t)
	out.name = f.name
	wrong := func(ok bool, format string, args ...any) {
		if !ok {
			out.wrong = append(out.wrong, fmt.Sprintf(format, args...))
		}
	}
	if !f.early {
		_, ok := until(15*time.Second, r.fresh)
		wrong(ok, "not fresh before the fault: %+v", r.book.Status())
		time.Sleep(calm)
	}
	before, asked := r.book.Status(), r.sim.Counts().Requests
	began := time.Now()
	f.breaks(t, r)
	noticed := make(chan struct{})
	go func() {
		defer close(noticed)
		limit := max(f.notice+f.lasts+5*time.Second, f.lasts)
		if f.notice < 0 {
			limit = f.lasts
		}
		took, ok := until(limit, func() bool { out.by = notice(before, r.book.Status(), f.says); return out.by != "" })
		if out.noticed = took; !ok {
			out.noticed = -1
		}
	}()
	time.Sleep(time.Until(began.Add(f.lasts)))
	if f.mend != nil {
		f.mend(t, r)
	}
	if f.notice >= 0 {
		<-noticed // what is not noticed yet may look healed
	}
	end := began.Add(f.lasts)
	_, ok := until(max(healWithin, f.heal), r.fresh)
	out.heal = max(time.Since(end), time.Millisecond)
	if !ok {
		out.heal = -1
	}
	<-noticed
	limit := f.heal
	if limit == 0 {
		limit = healWithin
	}
	wrong(ok && out.heal <= limit, "healed %s after its end, not within %v: %+v", seconds(out.heal), limit, r.book.Status())
	if f.notice < 0 {
		wrong(out.noticed < 0, "noticed, though nothing is wrong: %s", out.by)
		out.noticed = 0
	} else {
		wrong(out.noticed >= 0 && out.noticed <= f.notice+time.Second, "noticed after %s, not within %v: %+v", seconds(out.noticed), f.notice+time.Second, r.book.Status())
	}
	served := r.reads.fresh.Load()
	time.Sleep(time.Second)
	wrong(r.reads.fresh.Load() > served, "nothing is read as fresh after healing")
	if f.also != nil {
		out.wrong = append(out.wrong, f.also(t, r)...)
	}
	out.requests = r.sim.Counts().Requests - asked
	out.wrong = append(out.wrong, paused(r.sim.Requests())...)
	out.lost = r.lost()
	out.left = r.stop(t)
	out.fresh, out.stale = r.reads.fresh.Load(), r.reads.stale.Load()
	wrong(out.stale == 0 || f.audit, "%d stale prices served as fresh, up to %v late; the first: %s", out.stale, r.reads.worst, r.reads.first)
	wrong(out.lost == 0, "%d groups differ from the exchange after healing", out.lost)
	wrong(out.left == 0, "%d goroutines left", out.left)
	wrong(f.requests == 0 || out.requests <= f.requests, "%d REST requests, not %d at most", out.requests, f.requests)
	return out
}

// notice says by what Status has changed for the worse; "": it has not.
func notice(was, is ticker.Status, says string) string {
	var what []string
	if is.LastError != nil && (was.LastError == nil || is.LastError.Error() != was.LastError.Error()) {
		what = append(what, is.LastError.Error())
	}
	if says == "Late" && is.Late > was.Late {
		what = append(what, "Late")
	}
	if is.Bad > was.Bad {
		what = append(what, "Bad")
	}
	if is.ShortList != nil {
		what = append(what, is.ShortList.Error())
	}
	if len(is.Refused) > len(was.Refused) {
		what = append(what, "Refused")
	}
	if is.State == ticker.Down && was.State != ticker.Down {
		what = append(what, is.State.String())
	}
	for _, w := range what {
		if strings.Contains(w, says) {
			return brief(w)
		}
	}
	return ""
}

// brief is the end of an error, which says what happened.
func brief(s string) string {
	if i := strings.LastIndex(s, ": "); i >= 0 && len(s)-i > 10 {
		s = s[i+2:]
	}
	return strings.ToValidUTF8(s[:min(len(s), 48)], "")
}

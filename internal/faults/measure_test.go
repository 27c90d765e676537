package faults_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tickersync/tickersync/internal/stalls"
	"github.com/tickersync/tickersync/ticker"
)

// measuring is one fault being measured.
type measuring struct {
	row
	f       fault
	r       *rig
	machine *stalls.Meter
	before  ticker.Status
	asked   int       // requests before the fault
	began   time.Time // when it did
}

func (m *measuring) must(ok bool, format string, args ...any) {
	if !ok {
		m.wrong = append(m.wrong, fmt.Sprintf(format, args...))
	}
}

// measure runs one fault.
func measure(t *testing.T, f fault, machine *stalls.Meter) row {
	if f.alone != nil {
		return f.alone(t, f.name, f.lasts, machine)
	}
	m := &measuring{row: row{name: f.name}, f: f, r: build(t, f.name, f.setup, machine), machine: machine}
	defer m.r.close()
	if f.first != nil {
		f.first(t, m.r)
	}
	m.r.start(t)
	m.wait()
	f.breaks(t, m.r)
	noticed := make(chan struct{})
	go func() { defer close(noticed); m.notice() }()
	time.Sleep(time.Until(m.began.Add(f.lasts)))
	if f.mend != nil {
		f.mend(t, m.r)
	}
	if f.notice >= 0 {
		<-noticed // what is not noticed yet may look healed
	}
	m.heals()
	<-noticed
	m.judgeNotice()
	if f.also != nil {
		m.wrong = append(m.wrong, f.also(t, m.r)...)
	}
	m.end(t)
	return m.row
}

// wait waits until all is well, and stays so for a moment.
func (m *measuring) wait() {
	if !m.f.early {
		_, ok := until(15*time.Second, m.r.fresh)
		m.must(ok, "not fresh before the fault: %+v", m.r.book.Status())
		time.Sleep(calm)
	}
	m.before, m.asked, m.began = m.r.book.Status(), m.r.sim.Counts().Requests, time.Now()
}

// notice watches Status.
func (m *measuring) notice() {
	limit := m.f.lasts
	if m.f.notice >= 0 {
		limit += m.f.notice + 5*time.Second
	}
	took, ok := until(limit, func() bool {
		is := m.r.book.Status()
		if m.f.delists {
			is.Refused = nil
		}
		m.by = worse(m.before, is, m.f.says)
		return m.by != ""
	})
	if m.noticed = took; !ok {
		m.noticed = -1
	}
}

func (m *measuring) judgeNotice() {
	if m.f.notice < 0 {
		m.must(m.noticed < 0, "noticed, though nothing is wrong: %s", m.by)
		m.noticed = 0
		return
	}
	limit := m.f.notice + time.Second
	m.must(m.noticed >= 0 && m.noticed <= limit+m.machine.Since(m.began),
		"noticed after %s, not within %v: %+v", seconds(m.noticed), limit, m.r.book.Status())
}

// heals waits until all is well again, and for a moment more.
func (m *measuring) heals() {
	limit := m.f.heal
	if limit == 0 {
		limit = healWithin
	}
	end := m.began.Add(m.f.lasts)
	_, ok := until(max(healWithin, limit), func() bool {
		return m.r.fresh() && (m.f.healed == nil || m.f.healed(m.r))
	})
	if m.heal = max(time.Since(end), time.Millisecond); !ok {
		m.heal = -1
	}
	m.must(ok && m.heal <= limit+m.machine.Since(end), "healed %s after its end, not within %v: %+v", seconds(m.heal), limit, m.r.book.Status())
	served := m.r.reads.fresh.Load()
	time.Sleep(time.Second)
	m.must(m.r.reads.fresh.Load() > served, "nothing is read as fresh after healing")
}

// end ends the run and counts what is left.
func (m *measuring) end(t *testing.T) {
	m.requests = m.r.sim.Counts().Requests - m.asked
	m.wrong = append(m.wrong, paused(m.r.sim.Requests())...)
	within := 2*time.Second + m.machine.Since(m.began)
	if m.f.audit {
		within += 2 * hidden(m.r.single) // the link may be replaced meanwhile, which comes first
	}
	m.lost = m.r.lost(within)
	left, where := m.r.stop(t)
	m.left = left
	rs := m.r.reads
	m.fresh, m.stale = rs.fresh.Load(), rs.stale.Load()
	m.must(m.stale == 0 || m.f.audit, "%d stale prices served as fresh, up to %v late; the first: %s", m.stale, rs.worst, rs.first)
	m.must(m.lost == 0, "%d groups differ from the exchange after healing", m.lost)
	m.must(m.left == 0, "%d goroutines left:\n%s", m.left, where)
	m.must(m.f.requests == 0 || m.requests <= m.f.requests, "%d REST requests, not %d at most", m.requests, m.f.requests)
}

package faults_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/internal/stalls"
)

// tolerance is what a frame may take from the exchange through the proxy to the
// Book, on a busy machine under the race detector: no age counts it.
const tolerance = 300 * time.Millisecond

// Few rows that are not as they must be are measured again with no other row beside
// them, for they may have measured the machine. If it gave them no time for so long
// that this is hopeless the row is skipped, and says so.
const (
	hiccup   = 50 * time.Millisecond // what is borne of lateness: less is in the tolerance
	hopeless = time.Second
	few      = 4
)

var (
	rows   = flag.String("row", "", "only the rows whose names match this expression")
	full   = flag.Bool("full", false, "every outage at its full length: within five minutes")
	atOnce = flag.Int("atonce", 16, "how many rows run at the same time")
)

func TestMain(m *testing.M) {
	flag.Parse()
	if isChild() {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

// row is one line of the table.
type row struct {
	name           string
	noticed, heal  time.Duration // negative: it never was
	by             string
	stale          int64
	fresh          int64
	lost, requests int
	left           int
	stalled        time.Duration // how long the machine gave the row no time
	wrong          []string
}

// TestFaults prints the table, and fails for each figure that is not as it must be.
func TestFaults(t *testing.T) {
	match := regexp.MustCompile(*rows)
	var chosen []fault
	for _, group := range [][]fault{
		connectionFaults(), quietFaults(), frameFaults(), subscriptionFaults(), restFaults(), cacheFaults(), outages(),
		clockFaults(), readerFaults(), listFaults(), auditFaults(),
	} {
		for _, f := range group {
			if testing.Short() && strings.HasSuffix(f.name, ", singlesync") {
				continue // its twin has the same cause
			}
			if match.MatchString(f.name) {
				chosen = append(chosen, f)
			}
		}
	}
	require.NotEmpty(t, chosen)
	out := make([]row, len(chosen))
	machine := stalls.New(hiccup)
	defer machine.Stop()
	turns := make(chan struct{}, *atOnce)
	var wg sync.WaitGroup
	for i, f := range chosen {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			out[i] = timed(t, f, machine)
		})
	}
	wg.Wait()
	for i, again := 0, 0; i < len(out) && again < few; i++ {
		if len(out[i].wrong) > 0 {
			again++
			t.Logf("%s is measured again, which was wrong with the machine out of time for %v: %s", out[i].name, out[i].stalled, strings.Join(out[i].wrong, "; "))
			out[i] = timed(t, chosen[i], machine)
		}
	}
	print(t, out)
	for i := range out {
		t.Run(chosen[i].name, func(t *testing.T) {
			if len(out[i].wrong) > 0 && out[i].stalled > hopeless {
				t.Log(strings.Join(out[i].wrong, "\n"))
				t.Skipf("not measured: this machine gave the test no time for %v of it", out[i].stalled)
			}
			for _, w := range out[i].wrong {
				t.Error(w)
			}
			if len(out[i].wrong) > 0 && out[i].stalled > 0 {
				t.Logf("this machine gave the test no time for %v of it", out[i].stalled)
			}
		})
	}
}

// timed measures one fault, and for how long the machine gave it no time.
func timed(t *testing.T, f fault, machine *stalls.Meter) row {
	began := time.Now()
	r := measure(t, f, machine)
	r.stalled = machine.Since(began)
	return r
}

// print writes the table.
func print(t *testing.T, out []row) {
	t.Helper()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\tnoticed\tby\thealed\tstale\tof\tlost\tREST\tleft")
	for _, r := range out {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", r.name, seconds(r.noticed), r.by, seconds(r.heal), r.stale, r.fresh, r.lost, r.requests, r.left)
	}
	assert.NoError(t, w.Flush())
	fmt.Printf("prices at most %v old were asked for, and a frame may be %v on its way; idle time %v, pings each %v, pongs within %v, requests within %v\n",
		promised, tolerance, idle(), pingEvery, pongWithin(), requestTimeout())
}

func seconds(d time.Duration) string {
	switch {
	case d < 0:
		return "never"
	case d == 0:
		return "-"
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

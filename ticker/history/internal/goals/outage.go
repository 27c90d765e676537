package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

const (
	pace  = 5000 // quotes a second
	frame = 10   // quotes a frame
)

// outage measures what becomes of 5,000 quotes a second while the database is away.
func outage(ctx context.Context, t *table, s *server, c config) (err error) {
	dir, err := os.MkdirTemp("", "tickersync-goals")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var g gate
	f, err := newSource(ctx, s, &g, "outage", filepath.Join(dir, "spool"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.stop()) }()

	before, err := f.pace(ctx, min(c.away, 5*time.Second), nil) // as long as all is well
	if err != nil {
		return err
	}
	g.close()
	away, err := f.pace(ctx, c.away, nil)
	if err != nil {
		return err
	}
	g.open()
	back := time.Now()
	caught := func() bool { return f.recorder.Status().Rows+pace/2 >= uint64(f.told) }
	after, err := f.pace(ctx, 2*time.Minute, caught)
	if err != nil {
		return err
	}
	took := time.Since(back)
	if !caught() {
		took = 2 * time.Minute
	}
	if _, _, err := f.written(ctx, uint64(f.told)); err != nil {
		return err
	}
	var rows, distinct int64
	err = s.pool.QueryRow(ctx, `SELECT count(*), count(DISTINCT bid) FROM tickersync.quote JOIN tickersync.series USING (series_id)
		WHERE exchange = 'outage'`).Scan(&rows, &distinct)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("database away for %v at %d quotes/s: ", c.away, pace)
	t.line(what+"lost", "0", fmt.Sprint(f.told-distinct), fmt.Sprintf("of %d", f.told), verdict(f.told == distinct))
	t.line(what+"doubled", "0", fmt.Sprint(rows-distinct), "", verdict(rows == distinct))
	t.line(what+"caught up", "<= 30 s", fmt.Sprintf("%.1f s", took.Seconds()), "", verdict(took <= 30*time.Second))
	heap := max(away.heap, after.heap)
	t.line(what+"heap at most", "<= +64 MB", fmt.Sprintf("%d MB", heap>>20), fmt.Sprintf("%d MB before", before.heap>>20), verdict(heap < before.heap+64<<20))
	t.line("  a frame into the Book: before", "", ms(before.tells.median()), before.tells.spread(), "")
	t.line("  a frame into the Book: database away", "", ms(away.tells.median()), away.tells.spread(), "")
	t.line("  a frame into the Book: catching up", "", ms(after.tells.median()), after.tells.spread(), "")
	return nil
}

// paced is what telling quotes at a pace took.
type paced struct {
	tells times  // of each frame
	heap  uint64 // at most, of samples a second apart
}

// pace tells quotes at the pace for a while, or until enough is true.
func (f *source) pace(ctx context.Context, d time.Duration, enough func() bool) (p paced, err error) {
	begin := time.Now()
	told, sampled := 0, time.Time{}
	for now := begin; now.Sub(begin) < d || told == 0; now = time.Now() {
		if err := f.alive(ctx); err != nil {
			return p, err
		}
		for due := int(now.Sub(begin).Seconds() * pace); told+frame <= due || told == 0; told += frame {
			start := time.Now()
			if err := f.tell(frame); err != nil {
				return p, err
			}
			p.tells = append(p.tells, time.Since(start))
		}
		if now.Sub(sampled) > time.Second {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			p.heap, sampled = max(p.heap, m.HeapInuse), now
		}
		if enough != nil && enough() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return p, nil
}

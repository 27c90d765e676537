package history

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// eventHole stands for events that could not be read. It is never in a spool.
const eventHole eventKind = 0

// result is what is made of a load's events.
type result struct {
	rows   [3][]byte // for COPY
	series [3]map[int32]bool
	since  int64 // the least ts of the rows
	lives  map[lifeKey]life
	closed []event
	gaps   []event
	overs  []event
	start  bool // a session began: what was open is over
	ends   int64
	links  map[uint64]int32
}

// lifeKey is that of a row of link_life.
type lifeKey struct {
	link  int32
	since int64
}

// build makes rows of the load's events: each change has another seq, and a ts that
// is later than the one before, by a microsecond where the clock says otherwise.
func (l *load) build() *result {
	s := l.state
	r := &result{lives: map[lifeKey]life{}, since: max(l.since, s.ts), links: l.found.links}
	sum := 0
	for _, b := range l.batches {
		sum += len(b)
	}
	for g := range r.rows {
		r.series[g] = map[int32]bool{}
		if l.counts[g] > 0 {
			r.rows[g] = make([]byte, 0, sum*l.counts[g]/l.rows()+64*l.counts[g])
		}
	}
	hole := false
	for e := range l.events() {
		if e.kind == eventHole {
			hole = true
			continue
		}
		if hole && s.ts != 0 {
			r.gaps = append(r.gaps, event{kind: eventGap, since: s.ts, until: max(e.at, s.ts), reason: reasonDamaged})
		}
		hole = false
		switch e.kind {
		case eventStart:
			r.begin(s.ts, e.at)
		case eventChange:
			s.ts = max(e.at, s.ts+1)
			s.pos++
			l.change(r, e)
		case eventLife:
			if id, ok := l.found.links[e.link]; ok {
				r.lives[lifeKey{id, e.since}] = life{fromMicros(e.since), fromMicros(e.from), fromMicros(e.until)}
			}
		case eventClosed:
			r.closed = append(r.closed, *e)
		case eventGap:
			r.gaps = append(r.gaps, *e)
		case eventOver:
			r.overs = append(r.overs, *e)
		}
		s.ts = max(s.ts, e.at)
	}
	return r
}

// begin notes that a session begins at a moment; nobody recorded since the last.
func (r *result) begin(last, at int64) {
	if last == 0 {
		return
	}
	at = max(at, last)
	r.start, r.ends = true, last
	for i := range r.gaps {
		if r.gaps[i].until == 0 {
			r.gaps[i].until = last
		}
	}
	r.gaps = append(r.gaps, event{kind: eventGap, since: last, until: at, reason: reasonStopped})
}

// change makes the rows of one market.
func (l *load) change(r *result, e *event) {
	id, ok := l.found.series[string(e.key)]
	if !ok {
		id = l.state.series[string(e.key)]
	}
	link := l.found.links[e.link]
	for g, group := range groups() {
		t := &e.rows[g]
		if len(t.columns) == 0 {
			continue
		}
		at := int32(0)
		if t.moves {
			at = link
		}
		r.rows[g] = append(header(r.rows[g], group.columns, l.state.ts, l.state.pos, id, at), t.columns...)
		r.series[g][id] = true
	}
}

// queue queues all but the rows.
func (r *result) queue(b *pgx.Batch, s *state) {
	for g, group := range groups() {
		if len(r.series[g]) > 0 {
			b.Queue(latestSQL(group), slices.Sorted(maps.Keys(r.series[g])), fromMicros(r.since))
		}
	}
	if r.start {
		b.Queue(`UPDATE tickersync.gap SET until = greatest(since, $2) WHERE recorder_id = $1 AND until IS NULL`, s.recorder, fromMicros(r.ends))
	}
	for _, e := range r.gaps {
		var link *int32
		if id, ok := r.links[e.link]; ok {
			link = &id
		}
		b.Queue(`INSERT INTO tickersync.gap (recorder_id, seq, exchange, link_id, since, until, reason, skipped, note)
			VALUES ($1, $2, nullif($3, ''), $4, $5, $6, $7, nullif($8::bigint, 0), nullif($9, ''))`,
			s.recorder, e.number, string(e.key), link, fromMicros(e.since), orNil(e.until), e.reason, e.skipped, e.note)
	}
	for _, e := range r.overs {
		b.Queue(`UPDATE tickersync.gap SET until = greatest(since, $3) WHERE recorder_id = $1 AND seq = $2 AND until IS NULL`,
			s.recorder, e.number, fromMicros(e.until))
	}
	r.queueLives(b)
	for _, e := range r.closed {
		b.Queue(`UPDATE tickersync.link SET closed = $3, why = nullif($4, '') WHERE recorder_id = $1 AND seq = $2`,
			s.recorder, e.link, fromMicros(e.until), e.note)
	}
}

func (r *result) queueLives(b *pgx.Batch) {
	if len(r.lives) == 0 {
		return
	}
	keys := slices.SortedFunc(maps.Keys(r.lives), func(a, b lifeKey) int {
		return cmp.Or(cmp.Compare(a.link, b.link), cmp.Compare(a.since, b.since))
	})
	var links []int32
	var since, from, to []time.Time
	for _, k := range keys {
		l := r.lives[k]
		links, since, from, to = append(links, k.link), append(since, l.since), append(from, l.from), append(to, l.to)
	}
	b.Queue(`INSERT INTO tickersync.link_life (link_id, since, heard_from, heard_to)
		SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[])
		ON CONFLICT (link_id, since) DO UPDATE SET heard_to = excluded.heard_to`, links, since, from, to)
	b.Queue(`UPDATE tickersync.link l SET heard = greatest(l.heard, x.heard)
		FROM (SELECT id, max(t) AS heard FROM unnest($1::int[], $2::timestamptz[]) AS x (id, t) GROUP BY id) x
		WHERE l.link_id = x.id`, links, to)
}

func orNil(us int64) *time.Time {
	if us == 0 {
		return nil
	}
	t := fromMicros(us)
	return &t
}

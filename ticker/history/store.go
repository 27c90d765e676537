package history

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// ids are the database's ids of what the spool names.
type ids struct {
	series map[string]int32
	links  map[uint64]int32
}

// write writes the load, if nobody else has written since.
func (l *load) write(ctx context.Context, tx pgx.Tx, spool string) error {
	s := l.state
	tag, err := tx.Exec(ctx, `UPDATE tickersync.recorder SET pos = $3, at = now() WHERE recorder_id = $1 AND pos = $2 AND spool = $4`,
		s.recorder, s.pos, s.pos+l.changes, spool)
	if err != nil {
		return err
	}
	if tag.RowsAffected() != 1 {
		return l.whyNot(ctx, tx, spool)
	}
	if err := l.findSeries(ctx, tx); err != nil {
		return err
	}
	if err := l.findLinks(ctx, tx); err != nil {
		return err
	}
	r := l.build()
	for g, group := range groups() {
		if l.counts[g] == 0 {
			continue
		}
		sql := fmt.Sprintf("COPY tickersync.%s (%s%s) FROM STDIN BINARY", group.table, columns, group.values)
		if _, err := tx.Conn().PgConn().CopyFrom(ctx, copyFile(r.rows[g]), sql); err != nil {
			return err
		}
	}
	var b pgx.Batch
	r.queue(&b, s)
	b.Queue(`UPDATE tickersync.recorder SET ts = $2 WHERE recorder_id = $1`, s.recorder, fromMicros(s.ts))
	b.Queue(`UPDATE tickersync.spool SET session = $3, batch = $4 WHERE recorder_id = $1 AND spool = $2`,
		s.recorder, spool, l.done.session, l.done.batch)
	return tx.SendBatch(ctx, &b).Close()
}

// errMoved: this recorder's own transaction was committed though its connection
// broke; the position has to be read again.
var errMoved = errors.New("the position is not what it was")

func (l *load) whyNot(ctx context.Context, tx pgx.Tx, spool string) error {
	var mine bool
	err := tx.QueryRow(ctx, `SELECT spool = $2 FROM tickersync.recorder WHERE recorder_id = $1`, l.state.recorder, spool).Scan(&mine)
	switch {
	case err != nil:
		return err
	case mine:
		return errMoved
	}
	return ErrFenced
}

var copyHeader = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")

// copyFile is what COPY reads: rows, with what goes before and behind them.
func copyFile(rows []byte) io.Reader {
	return io.MultiReader(bytes.NewReader(copyHeader), bytes.NewReader(rows), bytes.NewReader([]byte{0xff, 0xff}))
}

// findSeries finds the ids of the load's markets, and makes those that are new.
func (l *load) findSeries(ctx context.Context, tx pgx.Tx) error {
	var exchanges, markets []string
	for key := range l.keys {
		if _, ok := l.state.series[key]; !ok {
			exchange, market := splitKey(key)
			exchanges, markets = append(exchanges, exchange), append(markets, market)
		}
	}
	l.found.series = make(map[string]int32, len(markets))
	if len(markets) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO tickersync.series (recorder_id, exchange, market)
		SELECT $1, x.e, x.m FROM unnest($2::text[], $3::text[]) AS x (e, m)
		WHERE NOT EXISTS (SELECT FROM tickersync.series s WHERE s.recorder_id = $1 AND s.exchange = x.e AND s.market = x.m)
		ON CONFLICT DO NOTHING`, l.state.recorder, exchanges, markets)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT s.series_id, s.exchange, s.market FROM unnest($2::text[], $3::text[]) AS x (e, m)
		JOIN tickersync.series s ON s.recorder_id = $1 AND s.exchange = x.e AND s.market = x.m`, l.state.recorder, exchanges, markets)
	if err != nil {
		return err
	}
	var id int32
	var exchange, market string
	_, err = pgx.ForEachRow(rows, []any{&id, &exchange, &market}, func() error {
		l.found.series[marketKey(exchange, market)] = id
		return nil
	})
	return err
}

// findLinks makes the links that the load has first, and finds the ids of all that
// it names.
func (l *load) findLinks(ctx context.Context, tx pgx.Tx) error {
	var b pgx.Batch
	for e := range l.events() {
		if e.kind == eventLink {
			b.Queue(`INSERT INTO tickersync.link (recorder_id, seq, exchange, opened, trade_delay, quote_delay, stats_delay)
				VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (recorder_id, seq) DO NOTHING`,
				l.state.recorder, e.link, e.note, fromMicros(e.since), micro(e.delays[0]), micro(e.delays[1]), micro(e.delays[2]))
		}
	}
	if b.Len() > 0 {
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
	}
	l.found.links = map[uint64]int32{}
	var numbers []uint64
	for number := range l.numbers {
		if id, ok := l.state.links[number]; ok {
			l.found.links[number] = id
		} else {
			numbers = append(numbers, number)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT link_id, seq FROM tickersync.link WHERE recorder_id = $1 AND seq = ANY ($2::bigint[])`,
		l.state.recorder, numbers)
	if err != nil {
		return err
	}
	var id int32
	var number uint64
	_, err = pgx.ForEachRow(rows, []any{&id, &number}, func() error {
		l.found.links[number] = id
		return nil
	})
	return err
}

func micro(us int64) time.Duration { return time.Duration(us) * time.Microsecond }

// events are those of the load, in their order. An event is valid until the next.
func (l *load) events() func(yield func(*event) bool) {
	return func(yield func(*event) bool) {
		var e event
		for i, b := range l.batches {
			if slices.Contains(l.holes, i) && !yield(&event{kind: eventHole}) {
				return
			}
			for len(b) > 0 {
				var err error
				if b, err = e.parse(b); err != nil || !yield(&e) {
					return // survey has parsed it
				}
			}
		}
	}
}

// header appends the beginning of a row: the number of its columns, and the first
// four.
func header(b []byte, columns int16, ts int64, seq uint64, series, link int32) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(columns))
	b = appendInt64(b, ts)
	b = appendInt64(b, int64(seq)) //nolint:gosec // a position
	b = appendInt32(b, series)
	if link == 0 {
		return appendNull(b)
	}
	return appendInt32(b, link)
}

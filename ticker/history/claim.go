package history

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connect takes a connection, sets the schema up, and learns where to go on.
func (f *flusher) connect(ctx context.Context) (*pgxpool.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	if !f.claimed {
		if _, err := Setup(ctx, f.pool, f.options); err != nil {
			if !lost(err) && !permanent(err) {
				err = &configError{err}
			}
			return nil, err
		}
		f.maintained = time.Now()
	}
	conn, err := f.pool.Acquire(ctx)
	if err != nil {
		return nil, explain("connect", err)
	}
	f.state = state{series: map[string]int32{}, links: map[uint64]int32{}}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return f.claim(ctx, tx) })
	if err == nil {
		f.state.next, err = f.spool.after(f.state.done)
	}
	if err != nil {
		conn.Release()
		return nil, explain("go on", err)
	}
	f.claimed = true
	return conn, nil
}

// claim reads the recorder's position. The first time in a run it takes the
// recorder's name, and from then on nobody else may have done so.
func (f *flusher) claim(ctx context.Context, tx pgx.Tx) error {
	spool := f.spool.id
	if !f.claimed {
		_, err := tx.Exec(ctx, `INSERT INTO tickersync.recorder (name) VALUES ($1) ON CONFLICT (name) DO NOTHING`, f.name)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE tickersync.recorder SET spool = $2 WHERE name = $1`, f.name, spool)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO tickersync.spool (recorder_id, spool)
			SELECT recorder_id, $2 FROM tickersync.recorder WHERE name = $1 ON CONFLICT DO NOTHING`, f.name, spool)
		if err != nil {
			return err
		}
	}
	s := &f.state
	var ts *time.Time
	err := tx.QueryRow(ctx, `SELECT r.recorder_id, r.pos, r.ts, s.session, s.batch
		FROM tickersync.recorder r JOIN tickersync.spool s USING (recorder_id, spool) WHERE r.name = $1 AND r.spool = $2`, f.name, spool).
		Scan(&s.recorder, &s.pos, &ts, &s.done.session, &s.done.batch)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrFenced
	}
	if ts != nil {
		s.ts = micros(*ts)
	}
	return err
}

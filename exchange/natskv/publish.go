package natskv

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tickersync/tickersync/internal/backoff"
	"github.com/tickersync/tickersync/ticker"
)

// patience is how long the broker may take to tell what is in a bucket.
const patience = 30 * time.Second

// publisher is one call of Publish.
type publisher struct {
	book  *ticker.Book
	js    jetstream.JetStream
	o     Options
	token string
	floor uint64 // an epoch that was seen in the bucket
}

// Publish keeps a bucket equal to the Book, which some Run keeps, until ctx ends. It
// waits until the Book is synced, makes the bucket where there is none, and stands by
// while another publisher has its lease. With the lease it writes every market anew
// under an epoch of its own, and then each change: of each market the newest, where
// the broker is slower than the exchange. Neither the Book nor its feed ever waits.
// What the bucket holds besides is left alone.
//
// When the lease is lost, the connection or the bucket, or the machine has slept,
// Publish stands by again; an
// old publisher that wakes up cannot overwrite, since each write names the revision
// that it replaces. When ctx ends it gives the lease up, so that another takes over at
// once.
//
// It returns ctx's cause, the error with which the Book's Run ended, or what cannot
// get better: a user who may not write, no JetStream, replicas asked of a server that is
// in no cluster, a bucket that is ErrBucket or kept by publishers of another version (ErrVersion), a connection that was closed.
// If opts is nil, the defaults. One Book may be published in several buckets.
func Publish(ctx context.Context, book *ticker.Book, js jetstream.JetStream, opts *Options) error {
	if err := book.WaitSynced(ctx); err != nil {
		return fmt.Errorf("natskv: the book is not synced: %w", err)
	}
	p := &publisher{book: book, js: js, o: opts.withDefaults(), token: rand.Text()}
	if p.o.Bucket == "" {
		p.o.Bucket = "tickers-" + book.Name()
	}
	if p.o.ID == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "publisher"
		}
		p.o.ID = host + "-" + p.token[:6]
	}
	if err := p.run(ctx); !errors.Is(err, context.Cause(ctx)) || ctx.Err() == nil {
		return fmt.Errorf("natskv: %s: %w", p.o.Bucket, err)
	}
	return context.Cause(ctx)
}

// run stands by and keeps the bucket, in turns.
func (p *publisher) run(ctx context.Context) error {
	log := p.o.Logger.With(slog.String("bucket", p.o.Bucket), slog.String("id", p.o.ID))
	again := backoff.Backoff{Max: p.o.Lease, Healthy: p.o.Lease}
	begun, worked, told := time.Now(), false, ""
	for {
		b, lease, err := p.stand(ctx)
		if err == nil {
			again.Up()
			worked, told = true, ""
			log.Info("natskv: publishing", slog.Uint64("epoch", lease.mine.Epoch))
			err = p.reign(ctx, b, lease)
			log.Info("natskv: no longer publishing", slog.Uint64("epoch", lease.mine.Epoch), slog.Any("err", err))
		} else if why := err.Error(); ctx.Err() == nil && why != told {
			log.Warn("natskv: cannot publish yet", slog.Any("err", err))
			told = why
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case p.final(err, worked || time.Since(begun) < p.o.Lease):
			return err
		}
		if err := sleep(ctx, again.Next()); err != nil {
			return err
		}
	}
}

// stand opens the bucket and waits until it has the lease.
func (p *publisher) stand(ctx context.Context) (*bucket, *tenant, error) {
	opening, cancel := context.WithTimeout(ctx, 2*p.o.Lease)
	defer cancel()
	b, err := openBucket(opening, p.js, p.o.Bucket, &p.o)
	if err != nil {
		return nil, nil, p.named(err)
	}
	status, _, err := b.get(opening, statusKey)
	if err == nil {
		err = b.keeps(status, p.book.Name())
	}
	if err != nil {
		return nil, nil, p.named(err)
	}
	lease := &tenant{
		cell: leaseCell{b}, floor: max(p.floor, b.epochs()), mine: lease{ID: p.o.ID, Token: p.token, Lasts: p.o.Lease},
		ready: func() bool { return p.book.Status().State != ticker.Down },
	}
	if err := lease.take(ctx); err != nil {
		return nil, nil, p.named(err)
	}
	return b, lease, nil
}

// named says what the broker said of a request that got no answer.
func (p *publisher) named(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) {
		if d := denied(p.js, p.o.Bucket); d != nil {
			return d
		}
	}
	return err
}

// noReplicas is the code of a server that is in no cluster, and is asked for replicas.
const noReplicas jetstream.ErrorCode = 10074

// final reports whether an error cannot get better. Some can, of a broker that once
// worked or has had no time to come up.
func (p *publisher) final(err error, mayWork bool) bool {
	switch {
	case errors.Is(err, errBookEnded), errors.Is(err, ErrBucket), errors.Is(err, ErrVersion), errors.Is(err, jetstream.ErrInvalidBucketName),
		errors.Is(err, nats.ErrConnectionClosed), p.js.Conn().IsClosed(), code(err) == noReplicas:
		return true
	case mayWork:
		return false
	}
	if e, ok := errors.AsType[jetstream.JetStreamError](err); ok && e.APIError() != nil && e.APIError().Code < 500 {
		return true
	}
	return errors.Is(err, nats.ErrPermissionViolation) || errors.Is(err, jetstream.ErrJetStreamNotEnabled) ||
		errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount)
}

// leaseCell is where the lease stands.
type leaseCell struct{ b *bucket }

func (c leaseCell) get(ctx context.Context) ([]byte, uint64, error) { return c.b.get(ctx, leaseKey) }

func (c leaseCell) put(ctx context.Context, value []byte, rev uint64) (uint64, error) {
	return c.b.put(ctx, leaseKey, value, rev)
}

package natstest_test

import (
	"context"
	"time"

	"github.com/tickersync/tickersync/internal/natstest"
)

// misfortunes has things go wrong on the way until all has to be calm, and ends them.
func (f *fleet) misfortunes(ctx context.Context) {
	for f.sleep(ctx, 10*time.Second) {
		f.misfortune(ctx)
	}
	for _, p := range f.proxies() {
		p.Mute(false)
		p.Delay(0)
	}
	f.slow.Store(0)
}

// sleep waits for up to d, and reports whether more may go wrong.
func (f *fleet) sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-f.near.Calm:
		return false
	case <-ctx.Done():
		return false
	case <-time.After(time.Duration(f.near.Rand.Int64N(int64(d)))):
		return true
	}
}

func (f *fleet) proxies() []*natstest.Proxy {
	ps := []*natstest.Proxy{f.reader}
	for _, c := range f.collectors {
		ps = append(ps, c.proxy)
	}
	return ps
}

// misfortune plays one fault.
func (f *fleet) misfortune(ctx context.Context) {
	r := f.near.Rand
	kind, began := r.IntN(11), time.Now()
	c := f.collectors[r.IntN(len(f.collectors))]
	p := f.proxies()[r.IntN(1+len(f.collectors))]
	f.near.Tell("misfortune of the fleet %d: %s", kind, c.id)
	switch kind {
	case 0:
		f.server.Stop()
		f.sleep(ctx, 10*time.Second)
		if err := f.server.Restart(); err != nil {
			f.near.T.Error(err)
		}
	case 1:
		p.Cut()
	case 2:
		p.Down()
		f.sleep(ctx, 10*time.Second)
		_ = p.Up()
	case 3: // a process that is paused, and wakes up; a slow one
		f.near.Behind(10 * time.Second)
		p.Mute(true)
		f.sleep(ctx, 10*time.Second)
		p.Mute(false)
	case 4:
		late := time.Duration(r.IntN(1000)) * time.Millisecond
		f.near.Behind(late)
		p.Delay(late)
		f.sleep(ctx, 10*time.Second)
		p.Delay(0)
	case 5, 6:
		c.kill()
		f.sleep(ctx, 10*time.Second)
		c.start(ctx)
	case 7:
		c.publishing()
		f.sleep(ctx, 5*time.Second)
		c.publish(ctx)
	case 8:
		_ = f.admin.DeleteKeyValue(ctx, bucket)
	case 9:
		f.spoil(ctx)
	case 10: // a reader that cannot keep up, or hangs now and then
		late := time.Duration(r.Int64N(int64(4 * time.Second)))
		f.near.Behind(late)
		f.slow.Store(int64(late))
		f.sleep(ctx, 10*time.Second)
		f.slow.Store(0)
	}
	f.near.Tell("it is over after %v", time.Since(began))
}

// spoil writes into the bucket what is not ours.
func (f *fleet) spoil(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	kv, err := f.admin.KeyValue(ctx, bucket)
	if err != nil {
		return
	}
	keys := []string{"note", "m.BTC-EUR", "m.=zz", "status", "lease", "m.FOREIGN-KEY"}
	values := [][]byte{nil, []byte("junk"), {'t', 99, 1, 2, 3}, []byte(`{"version":99}`), make([]byte, 10000)}
	key, value := keys[f.near.Rand.IntN(len(keys))], values[f.near.Rand.IntN(len(values))]
	if key == "lease" && len(value) > 0 && value[0] == '{' {
		return // publishers of another version have the bucket, and ours end
	}
	f.near.Tell("%s is overwritten with %.20q", key, value)
	_, _ = kv.Put(ctx, key, value)
}

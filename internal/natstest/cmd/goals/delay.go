package main

import (
	"context"
	"fmt"
	"time"
)

// stage is a server, a desk and a reader.
type stage struct {
	*broker
	desk, reader *process
	record       int // bytes of one
}

// openStage starts them, with a reader or none; with replicas, on a cluster of as many
// servers.
func openStage(ctx context.Context, s settings, replicas, readers int) (*stage, error) {
	b, err := startBroker(ctx, &crew{}, replicas)
	if err != nil {
		return nil, err
	}
	st := &stage{broker: b}
	var a answer
	st.desk, a, err = b.crew.start(ctx, "desk", "-nats", b.url, "-markets", fmt.Sprint(s.markets), "-replicas", fmt.Sprint(replicas))
	st.record = a.Record
	if err == nil && readers > 0 {
		st.reader, err = st.read(ctx)
	}
	if err != nil {
		b.remove()
		return nil, err
	}
	return st, nil
}

// read starts a reader.
func (st *stage) read(ctx context.Context) (*process, error) {
	p, _, err := st.crew.start(ctx, "reader", "-nats", st.url, "-bucket", deskBucket)
	return p, err
}

// delay measures how long an update is on its way, beside a bare message that goes
// between two of them from the same process to the same other, by connections of
// their own.
func delay(ctx context.Context, s settings) ([]row, error) {
	st, err := openStage(ctx, s, 1, 1)
	if err != nil {
		return nil, err
	}
	defer st.remove()
	const perSecond = 1000
	p50 := row{what: "relay delay, half of the updates", goal: atMost(1), unit: " ms"}
	p99 := row{what: "relay delay, 99 of 100", goal: atMost(5), unit: " ms"}
	ratio := row{what: "relay delay, half of the updates, against a bare publish and subscribe", goal: atMost(1.5)}
	kvs := row{what: "a bare put into a bucket to a bare WatchAll, against the same"}
	bare99 := row{what: "a bare publish and subscribe, 99 of 100", unit: " ms"}
	o := order{Do: "pairs", Rate: perSecond, For: s.turn}
	var bare []float64
	for i := range s.rounds + 1 {
		o.KV = false
		a, err := st.round(ctx, o)
		if err != nil {
			return nil, err
		}
		o.KV = true
		kv, err := st.round(ctx, o)
		if err != nil {
			return nil, err
		}
		if i == 0 && !s.quick {
			continue // the first round warms
		}
		ours, theirs := quantile(a.Ours, 0.5), quantile(a.Bare, 0.5)
		p50.values, p99.values = append(p50.values, ours), append(p99.values, quantile(a.Ours, 0.99))
		ratio.values, bare = append(ratio.values, ours/theirs), append(bare, theirs)
		kvs.values = append(kvs.values, quantile(kv.KV, 0.5)/quantile(kv.Bare, 0.5))
		bare99.values = append(bare99.values, quantile(a.Bare, 0.99))
	}
	p50.note = fmt.Sprintf("%d a second; from before the collector's Book took it in until the reader's Book did", perSecond)
	ratio.note = fmt.Sprintf("bare %s ms; in turns, from the same process to the same other", figure(quantile(bare, 0.5)))
	kvs.note = "what a stream between two programs takes, whoever writes and reads it"
	return []row{p50, p99, ratio, kvs, bare99}, nil
}

// round has the desk do something, and returns the ways of what the reader got.
func (st *stage) round(ctx context.Context, o order) (answer, error) {
	if _, err := st.reader.ask(ctx, order{Do: "delays"}); err != nil {
		return answer{}, err
	}
	if _, err := st.desk.ask(ctx, o); err != nil {
		return answer{}, err
	}
	if err := pause(ctx, 100*time.Millisecond); err != nil {
		return answer{}, err
	}
	a, err := st.reader.ask(ctx, order{Do: "delays"})
	if err == nil && (len(a.Ours)+len(a.KV) == 0 || len(a.Bare) == 0) {
		err = fmt.Errorf("%d updates came, %d puts and %d bare messages", len(a.Ours), len(a.KV), len(a.Bare))
	}
	return a, err
}

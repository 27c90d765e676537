package main

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// rate compares how fast Publish writes with how fast JetStream takes the same
// writes bare. The exchange is as fast as the bare writes are, so that Publish always
// has something to write, and nobody reads either.
func rate(ctx context.Context, s settings) ([]row, error) {
	st, err := openStage(ctx, s, 1, 0)
	if err != nil {
		return nil, err
	}
	defer st.remove()
	r := row{what: fmt.Sprintf("sustained writes at %d markets, against bare puts", s.markets), goal: atLeast(0.5)}
	var ours, bare []float64
	for range s.rounds + 1 {
		b, err := st.bare(ctx, s.turn)
		if err != nil {
			return nil, err
		}
		o, err := st.sustained(ctx, b, s.turn)
		if err != nil {
			return nil, err
		}
		ours, bare, r.values = append(ours, o), append(bare, b), append(r.values, o/b)
	}
	r.values = r.values[1:] // the first round warms
	r.note = fmt.Sprintf("%s against %s a second, of %d bytes, %d in flight", figure(quantile(ours[1:], 0.5)), figure(quantile(bare[1:], 0.5)), st.record, inFlight)
	return []row{r}, nil
}

// bare is how many bare puts a second the server takes.
func (st *stage) bare(ctx context.Context, d time.Duration) (float64, error) {
	start := time.Now()
	a, err := st.desk.ask(ctx, order{Do: "puts", For: d})
	return float64(a.Count) / time.Since(start).Seconds(), err
}

// sustained is how many writes a second Publish makes of so many changes.
func (st *stage) sustained(ctx context.Context, perSecond float64, d time.Duration) (float64, error) {
	before, start, err := st.written(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := st.desk.ask(ctx, order{Do: "feed", Rate: perSecond, For: d}); err != nil {
		return 0, err
	}
	after, end, err := st.written(ctx)
	return float64(after-before) / end.Sub(start).Seconds(), err
}

// written is how many messages have been written into the desk's bucket, ever.
func (st *stage) written(ctx context.Context) (uint64, time.Time, error) {
	info, at, err := st.info(ctx)
	if err != nil {
		return 0, at, err
	}
	return info.State.LastSeq, at, nil
}

func (st *stage) info(ctx context.Context) (*jetstream.StreamInfo, time.Time, error) {
	nc, js, err := connect(st.url)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer nc.Close()
	stream, err := js.Stream(ctx, "KV_"+deskBucket)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("the bucket: %w", err)
	}
	return stream.CachedInfo(), time.Now(), nil
}

// flood tells the collector five times as much as a server can take, for some time,
// and looks at whether anything grows, and how long the readers need then.
func flood(ctx context.Context, s settings) ([]row, error) {
	st, err := openStage(ctx, s, 1, 1)
	if err != nil {
		return nil, err
	}
	defer st.remove()
	grows := row{what: "told 5 times the bare rate, or all that the machine can: heap of the collector, second half against first", goal: atMost(1.25)}
	drains := row{what: "then: until the reader has the newest of all markets", goal: atMost(1000), unit: " ms"}
	bare, err := st.bare(ctx, s.turn)
	if err != nil {
		return nil, err
	}
	var told int
	var most float64
	long := 5 * s.turn
	for range max(1, s.rounds/3) {
		before, start, err := st.written(ctx)
		if err != nil {
			return nil, err
		}
		a, err := st.desk.ask(ctx, order{Do: "feed", Rate: 5 * bare, For: long})
		if err != nil {
			return nil, err
		}
		after, end, err := st.written(ctx)
		if err != nil {
			return nil, err
		}
		at := time.Now()
		if err := st.agree(ctx, st.reader); err != nil {
			return nil, err
		}
		drains.values = append(drains.values, float64(time.Since(at).Milliseconds()))
		half := len(a.Heap) / 2
		grows.values = append(grows.values, quantile(a.Heap[half:], 0.5)/quantile(a.Heap[:half+1], 0.5))
		told, most = told+a.Count, max(most, quantile(a.Heap, 1))
		drains.note = fmt.Sprintf("%s changes a second were told, %s written", figure(float64(a.Count)/long.Seconds()), figure(float64(after-before)/end.Sub(start).Seconds()))
	}
	grows.note = fmt.Sprintf("%v each; at most %s MiB in use", long, figure(most/(1<<20)))
	return []row{grows, drains}, nil
}

// agree has the desk tell each market once more and rest, and waits until readers
// hold the same.
func (st *stage) agree(ctx context.Context, readers ...*process) error {
	want, err := st.desk.ask(ctx, order{Do: "rest"})
	if err != nil {
		return err
	}
	var a answer
	for _, p := range readers {
		err := until(ctx, "a reader does not hold what the collector does", func() bool {
			a, err = p.ask(ctx, order{Do: "book"})
			return err != nil || a.Digest == want.Digest && a.Known == want.Known
		})
		if err != nil {
			return err
		}
	}
	return err
}

package main

import (
	"context"
	"fmt"
	"time"
)

// busy is how many changes a second cost is measured at. With less each costs more, for
// then every message has all programs on its way woken up.
const busy = 5000

// scale measures what more than one machine can be reckoned from: bytes, and processor
// time, which other programs on the machine do not lengthen.
func scale(ctx context.Context, s settings) ([]row, error) {
	rows, err := sizes(ctx, s)
	if err != nil {
		return nil, err
	}
	const many = 10
	perSecond := float64(busy)
	server := row{what: "server: processor time of a write into a bucket that one reader reads", unit: " µs"}
	publisher := row{what: "collector: processor time of a change that is published", unit: " µs"}
	reader := row{what: "reader: processor time of an update", unit: " µs"}
	deliver := row{what: "server: processor time of a delivery to one more reader", unit: " µs"}
	for range max(1, s.rounds/3) {
		st, err := openStage(ctx, s, 1, 1)
		if err != nil {
			return nil, err
		}
		err = func() error {
			defer st.remove()
			one, err := st.spent(ctx, perSecond, 2*s.turn)
			if err != nil {
				return err
			}
			server.values, publisher.values, reader.values = append(server.values, one.servers), append(publisher.values, one.desk), append(reader.values, one.reader)
			if _, _, err := st.crew.start(ctx, "watchers", "-nats", st.url, "-bucket", deskBucket, "-n", fmt.Sprint(many)); err != nil {
				return err
			}
			all, err := st.spent(ctx, perSecond, 2*s.turn)
			deliver.values = append(deliver.values, (all.servers-one.servers)/float64(many))
			return err
		}()
		if err != nil {
			return nil, err
		}
	}
	server.note = fmt.Sprintf("%d changes a second; so are the next", busy)
	deliver.note = fmt.Sprintf("%d more readers", many)
	return append(rows, server, deliver, publisher, reader), nil
}

// sizes measures bytes.
func sizes(ctx context.Context, s settings) ([]row, error) {
	st, err := openStage(ctx, s, 1, 1)
	if err != nil {
		return nil, err
	}
	defer st.remove()
	record := row{what: "a record of a market with all three groups", unit: " bytes", values: []float64{float64(st.record)}}
	stored := row{what: "a market in the bucket", unit: " bytes"}
	wire := row{what: "an update on its way to a reader", unit: " bytes"}
	quiet := row{what: "a reader of a bucket in which nothing changes: heartbeats and leases", unit: " bytes a second"}
	info, _, err := st.info(ctx)
	if err != nil {
		return nil, err
	}
	stored.values = []float64{float64(info.State.Bytes) / float64(info.State.Msgs)}
	stored.note = fmt.Sprintf("%s MiB for %d markets", figure(float64(info.State.Bytes)/(1<<20)), s.markets)
	took := func(o order) (answer, error) {
		before, err := st.reader.ask(ctx, order{Do: "bytes"})
		if err != nil {
			return answer{}, err
		}
		if o.Do == "" {
			err = pause(ctx, o.For)
		} else {
			_, err = st.desk.ask(ctx, o)
		}
		if err != nil {
			return answer{}, err
		}
		after, err := st.reader.ask(ctx, order{Do: "bytes"})
		return answer{InMsgs: after.InMsgs - before.InMsgs, InBytes: after.InBytes - before.InBytes}, err
	}
	for range s.rounds {
		none, err := took(order{For: 2 * s.turn})
		if err != nil {
			return nil, err
		}
		some, err := took(order{Do: "feed", Rate: 2000, For: 2 * s.turn})
		if err != nil {
			return nil, err
		}
		quiet.values = append(quiet.values, float64(none.InBytes)/(2*s.turn).Seconds())
		wire.values = append(wire.values, float64(some.InBytes-min(some.InBytes, none.InBytes))/max(1, float64(some.InMsgs)-float64(none.InMsgs)))
		quiet.note = fmt.Sprintf("%s messages a second", figure(float64(none.InMsgs)/(2*s.turn).Seconds()))
	}
	return []row{record, stored, wire, quiet}, nil
}

// spending is processor time in microseconds for each change that the desk told.
type spending struct{ servers, desk, reader float64 }

// spent measures what so many changes cost whom.
func (st *stage) spent(ctx context.Context, perSecond float64, d time.Duration) (spending, error) {
	now := func() (s spending, err error) {
		if s.servers, err = st.cpu(ctx); err != nil {
			return s, err
		}
		desk, err := st.desk.ask(ctx, order{Do: "cpu"})
		if err != nil {
			return s, err
		}
		reader, err := st.reader.ask(ctx, order{Do: "cpu"})
		s.desk, s.reader = desk.CPU, reader.CPU
		return s, err
	}
	if _, err := st.reader.ask(ctx, order{Do: "delays"}); err != nil {
		return spending{}, err
	}
	before, err := now()
	if err != nil {
		return spending{}, err
	}
	a, err := st.desk.ask(ctx, order{Do: "feed", Rate: perSecond, For: d})
	if err != nil {
		return spending{}, err
	}
	after, err := now()
	each := func(a, b float64, n int) float64 { return (b - a) * 1e6 / float64(max(1, n)) }
	return spending{
		each(before.servers, after.servers, a.Count), each(before.desk, after.desk, a.Count), each(before.reader, after.reader, a.Count),
	}, err
}

// scaleCluster measures what three copies of a bucket cost.
func scaleCluster(ctx context.Context, s settings) ([]row, error) {
	if s.quick {
		return []row{{what: "a cluster is too slow to be tried quickly", values: []float64{0}}}, nil
	}
	st, err := openStage(ctx, s, 3, 1)
	if err != nil {
		return nil, err
	}
	defer st.remove()
	writes := row{what: "3 replicas: bare puts", unit: " a second"}
	ours := row{what: "3 replicas: sustained writes", unit: " a second"}
	spent := row{what: "3 replicas: processor time of a write, all servers", unit: " µs"}
	p50 := row{what: "3 replicas: relay delay, half of the updates", unit: " ms"}
	for range max(1, s.rounds/3) {
		b, err := st.bare(ctx, s.turn)
		if err != nil {
			return nil, err
		}
		o, err := st.sustained(ctx, b, s.turn)
		if err != nil {
			return nil, err
		}
		if err := pause(ctx, s.turn); err != nil {
			return nil, err
		}
		one, err := st.spent(ctx, busy, 2*s.turn)
		if err != nil {
			return nil, err
		}
		a, err := st.round(ctx, order{Do: "pairs", Rate: 1000, For: s.turn})
		if err != nil {
			return nil, err
		}
		writes.values, ours.values, spent.values, p50.values = append(writes.values, b), append(ours.values, o), append(spent.values, one.servers), append(p50.values, quantile(a.Ours, 0.5))
	}
	writes.note = "all three servers on this machine, with everything else"
	return []row{writes, ours, spent, p50}, nil
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// roleFlag begins the arguments of a process that this program starts.
const roleFlag = "-child"

// role is what such a process is.
type role struct {
	url, bucket, id, rest, ws string
	name, dir, routes         string // of a server
	port, clusterPort         int
	markets, replicas, n      int
	in                        *json.Decoder
	out                       *json.Encoder
}

// acts are what a role can be told to do.
type acts map[string]func(ctx context.Context, o order) (answer, error)

// child is the whole of such a process. It ends with the one that started it, whose
// end of the pipe is closed then.
func child(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("child", flag.ContinueOnError)
	r := &role{in: json.NewDecoder(in), out: json.NewEncoder(out)}
	which := flags.String("role", "", "")
	for name, to := range map[string]*string{"nats": &r.url, "bucket": &r.bucket, "id": &r.id, "rest": &r.rest, "ws": &r.ws, "name": &r.name, "dir": &r.dir, "routes": &r.routes} {
		flags.StringVar(to, name, "", "")
	}
	for name, to := range map[string]*int{"port": &r.port, "cluster": &r.clusterPort, "markets": &r.markets, "replicas": &r.replicas, "n": &r.n} {
		flags.IntVar(to, name, 0, "")
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	do, ok := map[string]func(context.Context, *role) error{
		"server": serve, "desk": keepDesk, "reader": read, "watchers": watch, "collector": collect,
	}[*which]
	if !ok {
		return fmt.Errorf("goals: no role %q", *which)
	}
	return do(ctx, r)
}

// obey says that the role is ready, and does what it is told until nobody is left
// who could tell it anything.
func (r *role) obey(ctx context.Context, ready answer, can acts) error {
	can["cpu"] = func(context.Context, order) (answer, error) { return answer{CPU: cpu()}, nil }
	if err := r.out.Encode(ready); err != nil {
		return err
	}
	for {
		var o order
		if err := r.in.Decode(&o); err != nil {
			return nil //nolint:nilerr // the end of the pipe
		}
		f := can[o.Do]
		if f == nil {
			return fmt.Errorf("goals: cannot do %q", o.Do)
		}
		a, err := f(ctx, o)
		if err != nil {
			a.Err = err.Error()
		}
		if err := r.out.Encode(a); err != nil {
			return err
		}
	}
}

// cpu is the processor time that this process has had, in seconds.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// connect connects to a server or a cluster, for ever.
func connect(url string) (*nats.Conn, jetstream.JetStream, error) {
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		return nil, nil, fmt.Errorf("connect to NATS: %w", err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, nil, fmt.Errorf("connect to JetStream: %w", err)
	}
	return nc, js, nil
}

// until waits in short steps.
func until(ctx context.Context, what string, happened func() bool) error {
	for at := time.Now(); !happened(); {
		if time.Since(at) > patience {
			return errors.New(what)
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// options are what the command line says.
type options struct {
	role     string
	nats     string // addresses; empty: a server of our own
	creds    string
	bucket   string
	replicas int
	id       string

	length  time.Duration
	markets int
	rate    float64
	seed    uint64
	readers int

	rest, ws string // the exchange's addresses; empty: Kraken's own
	child    bool

	self []string // the command that starts this program
}

func roles() []string { return []string{"all", "collector", "standby", "reader"} }

func parse(args []string, errs io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("fanout", flag.ContinueOnError)
	f.SetOutput(errs)
	f.StringVar(&o.role, "role", "all", "what this process is: "+strings.Join(roles(), ", ")+"; all starts the others")
	f.StringVar(&o.nats, "nats", "", "`addresses` of NATS servers with JetStream, with commas (default: all starts one, the others use "+nats.DefaultURL+")")
	f.StringVar(&o.creds, "creds", "", "the credentials `file` for NATS")
	f.StringVar(&o.bucket, "bucket", "", "collector, standby, reader: the key-value `bucket` (default "+defaultBucket+"); all makes one and deletes it")
	f.IntVar(&o.replicas, "replicas", 1, "on how many servers of the cluster NATS keeps the bucket, where a collector makes it")
	f.StringVar(&o.id, "id", "", "the `name` of this process (default: host and process number)")
	f.DurationVar(&o.length, "for", 20*time.Second, "all: how long to run, at least "+shortest.String())
	f.IntVar(&o.markets, "markets", 500, "all: how many the simulated exchange lists")
	f.Float64Var(&o.rate, "rate", 1000, "all: how many changes a second it has")
	f.Uint64Var(&o.seed, "seed", 1, "all: what it does")
	f.IntVar(&o.readers, "readers", 3, "all: how many to start")
	f.StringVar(&o.rest, "rest", "", "collector, standby: base `URL` of the exchange's REST API (default: Kraken's)")
	f.StringVar(&o.ws, "ws", "", "collector, standby: `URL` of its websocket (default: Kraken's)")
	f.BoolVar(&o.child, "child", false, "write JSON for the program that started this one, and end with its pipe")
	if err := f.Parse(args); err != nil {
		return nil, flag.ErrHelp // the flag set has said why
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("what is %q? Roles are named with -role", f.Arg(0))
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	return o, o.complete()
}

func (o *options) check() error {
	switch {
	case !slices.Contains(roles(), o.role):
		return fmt.Errorf("no role %q; there are %s", o.role, strings.Join(roles(), ", "))
	case o.length < shortest:
		return fmt.Errorf("-for must be at least %v: a take-over has to fit in", shortest)
	case o.markets < 1 || o.markets > mostMarkets:
		return fmt.Errorf("-markets must be from 1 to %d", mostMarkets)
	case !(o.rate > 0) || o.rate > 1e5:
		return errors.New("-rate must be more than nothing, and at most 100000")
	case o.readers < 1 || o.readers > 50:
		return errors.New("-readers must be from 1 to 50")
	case o.replicas < 1 || o.replicas > 5:
		return errors.New("-replicas must be from 1 to 5")
	case (o.rest == "") != (o.ws == ""):
		return errors.New("-rest and -ws go together")
	case o.role == "all" && o.bucket != "":
		return errors.New("-bucket is for the other roles; all has a bucket of its own")
	case o.role == "all" && o.rest != "":
		return errors.New("-rest and -ws are for a collector; all has an exchange of its own")
	}
	return nil
}

// complete fills in what depends on the role.
func (o *options) complete() error {
	if o.id == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "somewhere"
		}
		o.id = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	if o.role != "all" {
		if o.nats == "" {
			o.nats = nats.DefaultURL
		}
		if o.bucket == "" {
			o.bucket = defaultBucket
		}
		return nil
	}
	o.bucket = fmt.Sprintf("fanout-%d-%d", time.Now().Unix(), os.Getpid())
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("where is this program? %w", err)
	}
	o.self = []string{self}
	return nil
}

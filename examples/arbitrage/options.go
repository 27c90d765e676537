package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/tickersync/tickersync/ticker/arbitrage"
)

// options are what the command line says.
type options struct {
	role      string // scan, record or report
	exchanges []string
	simulated bool
	seed      uint64
	length    time.Duration
	fee       decimal.Decimal
	fees      map[string]decimal.Decimal
	scan      arbitrage.Options
	impact    arbitrage.Impact
	moves     bool
	db        string
	spool     string
	smtp      string
	user      string
	from      string
	to        []string
	last      time.Duration
	step      time.Duration
	verbose   bool
}

func parse(args []string, errs io.Writer) (*options, error) {
	o := &options{role: "scan", fee: arbitrage.TalkFee, fees: map[string]decimal.Decimal{}}
	if len(args) > 0 && (args[0] == "record" || args[0] == "report") {
		o.role, args = args[0], args[1:]
	}
	f := flag.NewFlagSet("arbitrage", flag.ContinueOnError)
	f.SetOutput(errs)
	f.Usage = func() {
		fmt.Fprintln(errs, "arbitrage [record | report] [flags]: prints signals; or records exchanges; or reports what paid in the past")
		f.PrintDefaults()
	}
	f.DurationVar(&o.length, "for", 0, "end after this long; 0: when interrupted")
	f.StringVar(&o.db, "db", "", "record into, or report from, this Postgres: postgres://user@host/database")
	f.StringVar(&o.spool, "spool", "", "the directory for what the database has not yet; if none, spool- and the exchanges' names, here")
	f.BoolVar(&o.verbose, "v", false, "log connections that come and go")
	f.Func("exchanges", "names, such as coinbase,kraken; if none, two simulated ones. Known: "+strings.Join(known(), ", "), func(s string) error {
		o.exchanges = strings.Split(s, ",")
		return nil
	})
	f.Uint64Var(&o.seed, "seed", 1, "what the simulated exchanges do")
	f.TextVar(&o.fee, "fee", o.fee, "the share of the amount that each exchange takes")
	f.Func("fees", "what single ones take: kraken=0.0026,coinbase=0.006", o.setFees)
	f.Func("same", "quote assets that count as one: USD,USDT; may be repeated", func(s string) error {
		o.scan.SameQuote = append(o.scan.SameQuote, strings.Split(strings.ToUpper(s), ","))
		return nil
	})
	f.Func("exclude", "assets that are not the same thing everywhere: LUNA,GAS", func(s string) error {
		o.scan.Exclude = strings.Split(strings.ToUpper(s), ",")
		return nil
	})
	f.DurationVar(&o.scan.MaxAge, "age", time.Minute, "how old a quote may be")
	f.DurationVar(&o.scan.MaxApart, "apart", 5*time.Second, "how far apart the times of two quotes may be")
	f.TextVar(&o.impact.Buy, "impact-buy", decimal.Zero, "by how many percent each unit beyond the offered size moves the price to buy at; 0: no more is counted on")
	f.TextVar(&o.impact.Sell, "impact-sell", decimal.Zero, "the same for the price to sell at")
	f.BoolVar(&o.moves, "moves", false, "print also how open signals move")
	f.StringVar(&o.smtp, "smtp", "", "the mail server, host:port; the password comes from SMTP_PASSWORD")
	f.StringVar(&o.user, "smtp-user", "", "whom to log in as; if none, nobody")
	f.StringVar(&o.from, "from", "", "the sender; if none, the first of -to")
	f.Func("to", "who gets mail, at most one a market in ten minutes: addresses with commas", func(s string) error {
		o.to = strings.Split(s, ",")
		return nil
	})
	f.DurationVar(&o.last, "last", 24*time.Hour, "report: how much of the past")
	f.DurationVar(&o.step, "step", time.Minute, "report: how often to look at it")
	if err := f.Parse(args); err != nil {
		return nil, flag.ErrHelp // the flag set has said why
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("what is %q? The roles are record and report, and come first", f.Arg(0))
	}
	return o, o.check()
}

func (o *options) setFees(s string) error {
	for pair := range strings.SplitSeq(s, ",") {
		name, fee, _ := strings.Cut(pair, "=")
		d, err := decimal.Parse(fee)
		if err != nil {
			return fmt.Errorf("%q is no exchange=fee", pair)
		}
		o.fees[name] = d
	}
	return nil
}

func (o *options) check() error {
	for _, name := range o.exchanges {
		if !slices.Contains(known(), name) {
			return fmt.Errorf("no exchange %q; there are %s", name, strings.Join(known(), ", "))
		}
	}
	o.simulated = len(o.exchanges) == 0
	if o.simulated {
		o.exchanges = []string{"bitstamp", "binance"}
	}
	for name, fee := range o.fees {
		if !slices.Contains(known(), name) {
			return fmt.Errorf("-fees: no exchange %q; there are %s", name, strings.Join(known(), ", "))
		}
		if fee.CmpAbs(decimal.One) >= 0 {
			return fmt.Errorf("-fees: %v of %s is not a share: a quarter of a percent is 0.0025", fee, name)
		}
	}
	switch {
	case o.fee.CmpAbs(decimal.One) >= 0:
		return fmt.Errorf("-fee: %v is not a share: a quarter of a percent is 0.0025", o.fee)
	case o.impact.Buy.IsNeg() || o.impact.Sell.IsNeg():
		return errors.New("-impact-buy and -impact-sell cannot be below zero")
	case o.role != "scan" && o.db == "":
		return fmt.Errorf("%s needs -db", o.role)
	case o.role == "record" && o.simulated:
		return errors.New("record needs -exchanges")
	case o.role == "report" && (o.step <= 0 || o.last < o.step):
		return errors.New("report needs a -step above zero, and a -last of at least that")
	case (o.smtp == "") != (len(o.to) == 0):
		return errors.New("-smtp and -to go together")
	case o.role == "scan" && len(o.exchanges) < 2:
		return errors.New("name at least two -exchanges")
	}
	return nil
}

// feeOf is what an exchange takes.
func (o *options) feeOf(exchange string) decimal.Decimal {
	if fee, ok := o.fees[exchange]; ok {
		return fee
	}
	return o.fee
}

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/internal/replay"
	"github.com/tickersync/tickersync/ticker"
)

// errOver ends a replay whose recording has come to its end.
var errOver = errors.New("the recording is over")

// play runs an adapter on recorded traffic, and ends with errOver.
func play(ctx context.Context, book *ticker.Book, o *options) (err error) {
	keeper, err := book.Keep(o.exchange)
	if err != nil {
		return err
	}
	defer func() { keeper.End(err) }()
	src := exchanges()[o.exchange](exchange.Options{HTTPClient: replay.Client(filepath.Dir(o.replay))})
	reader, ok := src.(exchange.Replayer)
	if !ok {
		return fmt.Errorf("%s cannot be replayed", o.exchange)
	}
	ls, err := src.Markets(ctx)
	if err != nil {
		return fmt.Errorf("the list of markets, from the rest_*.json beside the recording: %w", err)
	}
	var listed []ticker.Listed
	var ms []ticker.Market
	for _, l := range ls {
		// What does not trade now may have traded when this was recorded.
		listed = append(listed, ticker.Listed{Market: l.Market, Trading: true})
		ms = append(ms, l.Market)
	}
	keeper.List(listed, time.Now())
	link := book.Link(ms, src.Feed().Feed)
	p := &player{o: o, keeper: keeper, link: link, open: func() exchange.ParseFunc { return reader.Replay(ls) }}
	for f, err := range replay.Frames(o.replay) {
		if err != nil {
			return err
		}
		if err := p.frame(ctx, f); err != nil {
			return err
		}
	}
	return errOver
}

type player struct {
	o      *options
	keeper *ticker.Keeper
	link   *ticker.Link
	open   func() exchange.ParseFunc
	parse  map[string]exchange.ParseFunc // by connection
	us     []ticker.Update
	last   time.Time
}

// frame applies one frame, at its time.
func (p *player) frame(ctx context.Context, f replay.Frame) error {
	if !p.o.fast && !p.last.IsZero() && f.At.After(p.last) {
		select {
		case <-ctx.Done():
		case <-time.After(f.At.Sub(p.last)):
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.last = f.At
	if p.parse == nil {
		p.parse = make(map[string]exchange.ParseFunc)
	}
	if f.Opens || p.parse[f.Conn] == nil {
		p.parse[f.Conn] = p.open()
	}
	if f.Opens {
		return nil
	}
	us, proves, err := p.parse[f.Conn](f.Data, p.us[:0])
	p.us = us
	if err != nil {
		p.keeper.Bad(err)
	}
	switch now := time.Now(); {
	case len(us) > 0:
		return p.link.Stream(us, now)
	case proves && err == nil:
		p.link.Heard(now)
	}
	return nil
}

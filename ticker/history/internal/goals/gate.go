package main

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"
)

// gate is the network between the recorder and the database. The zero value is open.
type gate struct {
	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]bool
}

var errAway = errors.New("the database is away")

// close cuts every connection, and lets none through until open.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for c := range g.conns {
		_ = c.Close()
	}
	clear(g.conns)
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = false
}

// pool is a pool of connections through the gate.
func (g *gate) pool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		g.mu.Lock()
		away := g.closed
		g.mu.Unlock()
		if away {
			return nil, errAway
		}
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.closed {
			return nil, errors.Join(errAway, c.Close())
		}
		if g.conns == nil {
			g.conns = map[net.Conn]bool{}
		}
		g.conns[c] = true
		return c, nil
	}
	return pgxpool.NewWithConfig(ctx, config)
}

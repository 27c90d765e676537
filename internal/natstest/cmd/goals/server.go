package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/tickersync/tickersync/internal/natstest"
)

// serve is the role of a NATS server.
func serve(ctx context.Context, r *role) error {
	s, err := natstest.Start(r.dir, func(o *server.Options) {
		if r.port == 0 {
			return
		}
		o.Port, o.ServerName = r.port, r.name
		o.Cluster = server.ClusterOpts{Name: "goals", Host: o.Host, Port: r.clusterPort}
		for _, at := range strings.Split(r.routes, ",") {
			o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: at})
		}
	})
	if err != nil {
		return err
	}
	defer s.Stop()
	return r.obey(ctx, answer{URL: s.URL()}, acts{})
}

// broker is one NATS server or some that are a cluster, in a directory of their own.
type broker struct {
	crew    *crew
	dir     string
	url     string // of all servers
	servers []*process
	args    [][]string
}

// startBroker starts as many servers.
func startBroker(ctx context.Context, c *crew, n int) (*broker, error) {
	dir, err := os.MkdirTemp("", "goals")
	if err != nil {
		return nil, fmt.Errorf("a directory for NATS: %w", err)
	}
	b := &broker{crew: c, dir: dir}
	if n == 1 {
		p, a, err := c.start(ctx, "server", "-dir", dir)
		if err != nil {
			b.remove()
			return nil, err
		}
		b.url, b.servers = a.URL, []*process{p}
		return b, nil
	}
	ports, err := freePorts(2 * n)
	if err != nil {
		b.remove()
		return nil, err
	}
	var urls, routes []string
	for i := range n {
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", ports[i]))
		routes = append(routes, fmt.Sprintf("127.0.0.1:%d", ports[n+i]))
	}
	b.url = strings.Join(urls, ",")
	b.servers = make([]*process, n)
	for i := range n {
		name := fmt.Sprint("n", i+1)
		b.args = append(b.args, []string{
			"-name", name, "-dir", filepath.Join(dir, name), "-routes", strings.Join(routes, ","),
			"-port", fmt.Sprint(ports[i]), "-cluster", fmt.Sprint(ports[n+i]),
		})
		if err := b.restart(ctx, i); err != nil {
			b.remove()
			return nil, err
		}
	}
	return b, nil
}

// restart starts a server of a cluster, at its address with what it has stored.
func (b *broker) restart(ctx context.Context, i int) (err error) {
	b.servers[i], _, err = b.crew.start(ctx, "server", b.args[i]...)
	return err
}

// remove ends every process of the crew, and takes away what the servers have stored.
func (b *broker) remove() {
	b.crew.end()
	_ = os.RemoveAll(b.dir) // it is in the directory for temporary files
}

// cpu is the processor time that the servers have had.
func (b *broker) cpu(ctx context.Context) (sum float64, err error) {
	for _, p := range b.servers {
		a, err := p.ask(ctx, order{Do: "cpu"})
		if err != nil {
			return 0, err
		}
		sum += a.CPU
	}
	return sum, nil
}

func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("a free port: %w", err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port) //nolint:forcetypeassert // it listens on TCP
	}
	return ports, nil
}

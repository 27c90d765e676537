package natstest

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Cluster is several servers in this process that know each other and keep streams
// together. Its methods are for one goroutine at a time.
type Cluster struct{ Servers []*Server }

// StartCluster starts n servers that keep their streams below dir, and returns when
// they have elected a leader of their JetStream. Who starts it stops it.
func StartCluster(dir string, n int) (*Cluster, error) {
	var routes []*url.URL
	ports := make([]int, n)
	for i := range n {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		ports[i] = port
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
	}
	c := &Cluster{}
	for i := range n {
		opts := func(o *server.Options) {
			o.ServerName = fmt.Sprintf("n%d", i+1)
			o.Cluster = server.ClusterOpts{Name: "natstest", Host: "127.0.0.1", Port: ports[i], PoolSize: -1}
			o.Routes = routes
		}
		s, err := Start(filepath.Join(dir, fmt.Sprint("n", i+1)), opts)
		if err != nil {
			c.Stop()
			return nil, err
		}
		c.Servers = append(c.Servers, s)
	}
	for deadline := time.Now().Add(startTime); !c.ready(); time.Sleep(Pause) {
		if time.Now().After(deadline) {
			c.Stop()
			return nil, errors.New("natstest: the cluster has elected no leader")
		}
	}
	return c, nil
}

// ServeCluster is [StartCluster] for a test, which stops the cluster at its end.
func ServeCluster(t testing.TB, n int) *Cluster {
	t.Helper()
	c, err := StartCluster(t.TempDir(), n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c
}

// URL is what a client connects to: every server.
func (c *Cluster) URL() string {
	urls := make([]string, 0, len(c.Servers))
	for _, s := range c.Servers {
		urls = append(urls, s.URL())
	}
	return strings.Join(urls, ",")
}

// Leader returns the server that leads a bucket's stream; nil: none does now.
func (c *Cluster) Leader(bucket string) *Server {
	for _, s := range c.Servers {
		if s.srv != nil && s.srv.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, "KV_"+bucket) {
			return s
		}
	}
	return nil
}

// Stop stops every server.
func (c *Cluster) Stop() {
	for _, s := range c.Servers {
		s.Stop()
	}
}

// ready reports whether a leader knows all the others.
func (c *Cluster) ready() bool {
	for _, s := range c.Servers {
		if s.srv.JetStreamIsLeader() && len(s.srv.JetStreamClusterPeers()) == len(c.Servers) {
			return true
		}
	}
	return false
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("natstest: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil //nolint:forcetypeassert // it listens on TCP
}

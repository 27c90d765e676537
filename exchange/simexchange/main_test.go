package simexchange_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tickersync/tickersync/exchange"
	"github.com/tickersync/tickersync/exchange/coinblockpro"
	"github.com/tickersync/tickersync/exchange/coinblockpro/coinblockprosim"
	"github.com/tickersync/tickersync/exchange/simexchange"
	"github.com/tickersync/tickersync/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dialect is the notebook's, with traits of a test's choice.
type dialect struct {
	coinblockprosim.Dialect
	change func(*simexchange.Traits)
}

func (d dialect) Traits() simexchange.Traits {
	t := d.Dialect.Traits()
	if d.change != nil {
		d.change(&t)
	}
	return t
}

// bubble runs a test against a server in memory, in virtual time.
func bubble(t *testing.T, cfg simexchange.Config, change func(*simexchange.Traits), f func(*testing.T, *simexchange.Server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg.Memory = true
		server, err := simexchange.Start(cfg, dialect{change: change})
		require.NoError(t, err)
		defer server.Close()
		f(t, server)
	})
}

// adapter returns an unpaced adapter for the server.
func adapter(server *simexchange.Server) *coinblockpro.Source {
	o := coinblockpro.Options{Options: server.Options(), ReadList: true}
	o.Budget = exchange.NewBudget(1e6, 1e6)
	return coinblockpro.New(&o)
}

// connect opens a stream and waits until the server has it.
func connect(t *testing.T, server *simexchange.Server) exchange.Stream {
	t.Helper()
	var ms []exchange.Listing
	for _, name := range coinblockpro.Markets() {
		m := market(name)
		ms = append(ms, exchange.Listing{Market: m, Symbol: name, RESTSymbol: name})
	}
	stream, err := adapter(server).Connect(t.Context(), ms)
	require.NoError(t, err)
	t.Cleanup(func() { _ = stream.Close() })
	synctest.Wait()
	return stream
}

func market(name string) ticker.Market {
	for i, n := range coinblockpro.Markets() {
		if n == name {
			return dialect{}.Traits().Markets[i]
		}
	}
	panic(name)
}

// feed is a stream that is read all the time.
type feed struct {
	mu  sync.Mutex
	got []string
	err error
}

func listen(t *testing.T, server *simexchange.Server) *feed {
	t.Helper()
	f, s := &feed{}, connect(t, server)
	go func() {
		for {
			us, err := s.Read(context.Background(), nil)
			f.mu.Lock()
			for _, u := range us {
				f.got = append(f.got, u.Trade.Price.String())
			}
			f.err = err
			f.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return f
}

// prices returns those told since the last call, in order, when another ten
// seconds are over, and what ended the stream.
func (f *feed) prices() ([]string, error) {
	time.Sleep(10 * time.Second)
	f.mu.Lock()
	defer f.mu.Unlock()
	got := f.got
	f.got = nil
	return got, f.err
}

// get asks as a plain HTTP client does.
func get(t *testing.T, server *simexchange.Server, path string) (status int, header http.Header, body string) {
	t.Helper()
	client := *server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.RESTURL()+path, nil)
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	p, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, resp.Header, string(p)
}

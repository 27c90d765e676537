package main

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/govalues/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
	"github.com/tickersync/tickersync/ticker/arbitrage"
)

// desk is a mailer of the program, with a clock of its own.
type desk struct {
	*mailer
	t     *testing.T
	notes bytes.Buffer
	time  time.Time
}

func openDesk(t *testing.T, w *world, args ...string) *desk {
	t.Helper()
	o, err := parse(args, &bytes.Buffer{})
	require.NoError(t, err)
	d := &desk{t: t, time: time.Now()}
	d.mailer, err = o.mailer(w, &notes{to: &d.notes})
	require.NoError(t, err)
	d.now = func() time.Time { return d.time }
	return d
}

// signal mails one about a market at a moment.
func (d *desk) signal(m ticker.Market, after time.Duration) {
	d.time = d.time.Add(after)
	s := arbitrage.Signal{Event: arbitrage.Opened, Market: m, At: d.time}
	s.Buy.Exchange, s.Sell.Exchange, s.NetPercent = "kraken", "binance", decimal.MustParse("0.9026")
	d.tell(&s, describe(&s, arbitrage.Impact{}))
	d.post(d.t.Context(), <-d.letters)
}

func TestMail(t *testing.T) {
	cert, trust := certificate(t)
	post := &office{password: "secret"}
	addr := openOffice(t, post, cert)
	w := &world{password: "secret", tls: trust}
	d := openDesk(t, w, "-smtp", addr, "-smtp-user", "me", "-from", "arbitrage@example.org", "-to", "a@example.org,b@example.org")
	d.signal("BTC-EUR", 0)
	mails := post.received()
	require.Len(t, mails, 1, d.notes.String())
	m := mails[0]
	assert.True(t, m.encrypted)
	assert.Equal(t, "me", m.user)
	assert.Equal(t, "arbitrage@example.org", m.from)
	assert.Equal(t, []string{"a@example.org", "b@example.org"}, m.to)
	assert.Contains(t, m.text, "Subject: BTC-EUR: buy on kraken, sell on binance, net 0.90 %\n")
	assert.Contains(t, m.text, "opened #0 BTC-EUR")
	assert.Contains(t, m.text, "Nothing was traded.")
	assert.Empty(t, d.notes.String())
}

// At most one mail a market in ten minutes.
func TestMailOfOneMarket(t *testing.T) {
	post := &office{}
	d := openDesk(t, &world{}, "-smtp", openOffice(t, post, nil), "-to", "a@example.org")
	d.signal("BTC-EUR", 0)
	d.signal("ETH-EUR", time.Second)
	for range 9 {
		d.signal("BTC-EUR", time.Minute)
	}
	assert.Len(t, post.received(), 2)
	d.signal("BTC-EUR", 59*time.Second)
	assert.Len(t, post.received(), 3, "ten minutes after the first")
	assert.False(t, post.received()[0].encrypted, "without a password plain text will do, where there is nothing else")
}

// A password never goes over a connection that is not encrypted, nor to somebody
// whose certificate is not trusted.
func TestMailKeepsThePassword(t *testing.T) {
	plain := &office{password: "secret"}
	d := openDesk(t, &world{password: "secret"}, "-smtp", openOffice(t, plain, nil), "-smtp-user", "me", "-to", "a@example.org")
	d.signal("BTC-EUR", 0)
	assert.Empty(t, plain.received())
	assert.Contains(t, d.notes.String(), "STARTTLS")

	cert, _ := certificate(t)
	stranger := &office{password: "secret"}
	d = openDesk(t, &world{password: "secret"}, "-smtp", openOffice(t, stranger, cert), "-smtp-user", "me", "-to", "a@example.org")
	d.signal("BTC-EUR", 0)
	assert.Empty(t, stranger.received())
	assert.Contains(t, d.notes.String(), "certificate")
}

// A mail that did not go is tried again with a signal a minute later.
func TestMailRefused(t *testing.T) {
	cert, trust := certificate(t)
	post := &office{password: "secret"}
	addr := openOffice(t, post, cert)
	d := openDesk(t, &world{password: "wrong", tls: trust}, "-smtp", addr, "-smtp-user", "me", "-to", "a@example.org")
	d.signal("BTC-EUR", 0)
	assert.Contains(t, d.notes.String(), "mail about BTC-EUR: ")
	assert.Contains(t, d.notes.String(), "AUTH failed")
	assert.NotContains(t, d.notes.String(), "wrong\n")
	tries := post.tried()
	d.signal("BTC-EUR", 59*time.Second)
	assert.Equal(t, tries, post.tried(), "not at once")
	post.password = "wrong"
	d.signal("BTC-EUR", time.Second)
	assert.Len(t, post.received(), 1)

	full := &office{refuse: &smtp.SMTPError{Code: 452, Message: "mailbox full"}}
	d = openDesk(t, &world{}, "-smtp", openOffice(t, full, nil), "-to", "a@example.org")
	d.signal("BTC-EUR", 0)
	assert.Contains(t, d.notes.String(), "mailbox full")
	full.refuse = nil
	d.signal("BTC-EUR", time.Minute)
	assert.Len(t, full.received(), 1)
}

// The server is away, or takes a connection and says nothing: the scan goes on, and
// the program ends when it should.
func TestMailNeverStopsTheScan(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	for _, addr := range []string{closed.Addr().String(), silent.Addr().String()} {
		began := time.Now()
		out, errs := new(bytes.Buffer), new(bytes.Buffer)
		args := []string{"-for", "2s", "-fee", "0", "-smtp", addr, "-to", "a@example.org"}
		w := &world{source: source, memory: true, sending: 500 * time.Millisecond}
		require.NoError(t, run(t.Context(), args, w, out, &notes{to: errs}))
		assert.Less(t, time.Since(began), 10*time.Second)
		assert.Contains(t, errs.String(), "mail about ")
		assert.Greater(t, strings.Count(out.String(), " opened "), 3)
	}
}

// The whole program mails what it prints.
func TestProgramMails(t *testing.T) {
	post := &office{}
	out, errs := new(bytes.Buffer), new(bytes.Buffer)
	args := []string{"-for", "2s", "-fee", "0", "-smtp", openOffice(t, post, nil), "-to", "a@example.org"}
	require.NoError(t, run(t.Context(), args, &world{source: source, memory: true}, out, &notes{to: errs}))
	mails := post.received()
	require.NotEmpty(t, mails)
	assert.LessOrEqual(t, len(mails), 5, "there are five markets")
	opened := out.String()[:strings.Index(out.String(), "\n")]
	assert.Contains(t, mails[0].text, opened[strings.Index(opened, "#"):strings.Index(opened, "  spread")])
}

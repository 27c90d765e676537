package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/tickersync/tickersync/ticker"
	"github.com/tickersync/tickersync/ticker/arbitrage"
)

const (
	everyMarket = 10 * time.Minute // one mail a market in this time, at most
	tryAgain    = time.Minute      // after a mail that did not go
	sending     = 10 * time.Second // the longest that one may take, if the world knows none
)

// mailer mails signals that open. It works beside the scan, which never waits for
// it: what cannot be sent is noted, and that is all. A nil *mailer mails nothing.
type mailer struct {
	client  *mail.Client
	from    string
	to      []string
	log     *notes
	letters chan letter
	limit   time.Duration               // the longest that a mail may take
	not     map[ticker.Market]time.Time // not before
	now     func() time.Time
}

// letter is a mail to be.
type letter struct {
	market  ticker.Market
	subject string
	body    string
}

// mailer makes what the command line asks for; nil, if that is nothing. With a
// user the connection must be encrypted; without, it is where the server can.
func (o *options) mailer(w *world, log *notes) (*mailer, error) {
	if o.smtp == "" {
		return nil, nil
	}
	host, service, err := net.SplitHostPort(o.smtp)
	if err != nil {
		return nil, fmt.Errorf("-smtp: %w", err)
	}
	port, err := strconv.Atoi(service)
	if err != nil {
		return nil, fmt.Errorf("-smtp: port %q is no number", service)
	}
	limit := cmp.Or(w.sending, sending)
	settings := []mail.Option{mail.WithPort(port), mail.WithTimeout(limit), mail.WithTLSPolicy(mail.TLSOpportunistic)}
	if o.user != "" {
		settings = append(settings, mail.WithTLSPolicy(mail.TLSMandatory), mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(o.user), mail.WithPassword(w.password))
	}
	if port == 465 {
		settings = append(settings, mail.WithSSL())
	}
	if w.tls != nil {
		own := w.tls.Clone()
		own.ServerName, own.MinVersion = host, tls.VersionTLS12
		settings = append(settings, mail.WithTLSConfig(own))
	}
	m := &mailer{from: o.from, to: o.to, log: log, limit: limit, letters: make(chan letter, 64), not: map[ticker.Market]time.Time{}, now: time.Now}
	if m.from == "" {
		m.from = o.to[0]
	}
	if _, err := m.message(letter{}); err != nil {
		return nil, err
	}
	m.client, err = mail.NewClient(host, settings...)
	if err != nil {
		return nil, fmt.Errorf("-smtp: %w", err)
	}
	return m, nil
}

// tell hands a signal over. It never waits.
func (m *mailer) tell(s *arbitrage.Signal, text string) {
	if m == nil {
		return
	}
	l := letter{market: s.Market, body: text + disclaimer}
	l.subject = fmt.Sprintf("%s: buy on %s, sell on %s, net %v %%", s.Market, s.Buy.Exchange, s.Sell.Exchange, s.NetPercent.Round(2))
	select {
	case m.letters <- l:
	default:
		m.log.printf("mail: too many wait; none about %s", s.Market)
	}
}

const disclaimer = `
This is what the exchanges told a moment ago. It may be over by now, and it is no
advice. Nothing was traded.
`

// run sends until ctx ends, and then what waits, for as long as one mail may take.
func (m *mailer) run(ctx context.Context) {
	if m == nil {
		return
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case l := <-m.letters:
			m.post(context.WithoutCancel(ctx), l)
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.limit)
	defer cancel()
	for len(m.letters) > 0 && last.Err() == nil {
		m.post(last, <-m.letters)
	}
}

// post sends a letter, unless one about the market went a short time ago.
func (m *mailer) post(ctx context.Context, l letter) {
	now := m.now()
	if now.Before(m.not[l.market]) {
		return
	}
	m.not[l.market] = now.Add(everyMarket)
	ctx, cancel := context.WithTimeout(ctx, m.limit)
	defer cancel()
	sent, err := m.send(ctx, l)
	if err != nil {
		m.log.printf("mail about %s: %v", l.market, err)
	}
	if !sent {
		m.not[l.market] = now.Add(tryAgain)
	}
}

// send reports whether the server has the mail, or may have it.
func (m *mailer) send(ctx context.Context, l letter) (sent bool, err error) {
	msg, err := m.message(l)
	if err != nil {
		return false, err
	}
	err = m.client.DialAndSendWithContext(ctx, msg)
	var failed *mail.SendError
	unanswered := errors.As(err, &failed) && failed.Reason == mail.ErrSMTPDataClose && failed.ErrorCode() == 0
	return msg.IsDelivered() || unanswered, err
}

func (m *mailer) message(l letter) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := msg.From(m.from); err != nil {
		return nil, fmt.Errorf("-from: %w", err)
	}
	if err := msg.To(m.to...); err != nil {
		return nil, fmt.Errorf("-to: %w", err)
	}
	msg.Subject(l.subject)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetBodyString(mail.TypeTextPlain, l.body)
	return msg, nil
}

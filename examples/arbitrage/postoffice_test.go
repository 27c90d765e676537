package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// office is a mail server.
type office struct {
	t        *testing.T
	password string // if set, nobody posts without it
	refuse   error  // what every mail is answered with

	mu    sync.Mutex
	mails []received
	tries int
}

// received is a mail, and how it came.
type received struct {
	from, user string
	to         []string
	encrypted  bool
	text       string
}

// openOffice serves on the loopback. With a certificate it offers STARTTLS.
func openOffice(t *testing.T, o *office, cert *tls.Certificate) (addr string) {
	t.Helper()
	o.t = t
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := smtp.NewServer(o)
	s.Domain, s.ReadTimeout, s.ErrorLog = "localhost", 5*time.Second, quiet{}
	if cert != nil {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12}
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.Serve(l) })
	t.Cleanup(func() {
		_ = s.Close()
		wg.Wait()
	})
	return l.Addr().String()
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (o *office) received() []received {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]received(nil), o.mails...)
}

func (o *office) tried() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tries
}

func (o *office) NewSession(c *smtp.Conn) (smtp.Session, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tries++
	return &counter{o: o, c: c}, nil
}

// counter is one session.
type counter struct {
	o    *office
	c    *smtp.Conn
	mail received
}

func (s *counter) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != s.o.password {
			return errors.New("wrong password")
		}
		s.mail.user = user
		return nil
	}), nil
}

func (s *counter) Mail(from string, _ *smtp.MailOptions) error {
	if s.o.password != "" && s.mail.user == "" {
		return smtp.ErrAuthRequired
	}
	s.mail.from = from
	return nil
}

func (s *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.to = append(s.mail.to, to)
	return nil
}

func (s *counter) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.o.refuse != nil {
		return s.o.refuse
	}
	_, s.mail.encrypted = s.c.TLSConnectionState()
	s.mail.text = string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	s.o.mails = append(s.o.mails, s.mail)
	return nil
}

func (s *counter) Reset()        { s.mail = received{user: s.mail.user} }
func (s *counter) Logout() error { return nil }

// certificate makes one for 127.0.0.1, and what trusts it.
func certificate(t *testing.T) (*tls.Certificate, *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	require.NoError(t, err)
	c, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(c)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

package faults_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"sync/atomic"
	"time"
)

// identity is what an exchange shows of itself by TLS: its certificate or, when
// that is wrong, the certificate of somebody else.
type identity struct {
	own, other tls.Certificate
	pool       *x509.CertPool
	wrong      atomic.Bool
}

func newIdentity() *identity {
	id := &identity{own: selfSigned(net.IPv4(127, 0, 0, 1)), other: selfSigned(net.IPv4(10, 0, 0, 1)), pool: x509.NewCertPool()}
	id.pool.AddCert(id.own.Leaf)
	id.pool.AddCert(id.other.Leaf)
	return id
}

func selfSigned(ip net.IP) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{ip}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// config is the exchange's; nil for one without TLS.
func (id *identity) config() *tls.Config {
	if id == nil {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		if id.wrong.Load() {
			return &id.other, nil
		}
		return &id.own, nil
	}}
}

// trust is the client's.
func (id *identity) trust() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: id.pool}
}

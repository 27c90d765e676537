package natskv

import (
	"fmt"
	"strings"

	"github.com/tickersync/tickersync/ticker"
)

// The keys of a bucket that are ours. What else stands in it is passed over.
const (
	marketPrefix = "m."     // a market each
	statusKey    = "status" // the publisher's heartbeat
	leaseKey     = "lease"  // which publisher may write
)

// maxMarket is the longest name of a market that has a key, in bytes.
const maxMarket = 200

// plain reports whether a byte of a market's name stands for itself in its key.
func plain(c byte) bool {
	return 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '-' || c == '_'
}

// marketKey returns the key of a market: "m.BTC-USD". Any other byte than letters,
// digits, hyphens and underscores is written as "=" and two hexadecimal digits,
// since a key is a part of a NATS subject. False: the name is empty or too long.
func marketKey(m ticker.Market) (string, bool) {
	if m == "" || len(m) > maxMarket {
		return "", false
	}
	var b strings.Builder
	b.WriteString(marketPrefix)
	for i := range len(m) {
		if plain(m[i]) {
			b.WriteByte(m[i])
		} else {
			fmt.Fprintf(&b, "=%02X", m[i])
		}
	}
	return b.String(), true
}

// keyMarket is the inverse of marketKey. False: the key is none of a market.
func keyMarket(key string) (ticker.Market, bool) {
	name, ok := strings.CutPrefix(key, marketPrefix)
	if !ok || name == "" {
		return "", false
	}
	for i := 0; plain(name[i]); i++ {
		if i+1 == len(name) {
			return ticker.Market(name), len(name) <= maxMarket
		}
	}
	m := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c != '=' {
			m = append(m, c)
			continue
		}
		if len(name)-i < 3 {
			return "", false
		}
		m = append(m, hex(name[i+1])<<4|hex(name[i+2]))
		i += 2
	}
	back, ok := marketKey(ticker.Market(m))
	return ticker.Market(m), ok && back == key
}

// hex returns the value of a digit; what is none is found when the key is made anew.
func hex(c byte) byte {
	if c >= 'A' {
		return c - 'A' + 10
	}
	return c - '0'
}

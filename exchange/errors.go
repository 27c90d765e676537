package exchange

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/tickersync/tickersync/internal/wsconn"
	"github.com/tickersync/tickersync/ticker"
)

// ErrUnknownMarket says that the exchange does not serve a market: it is
// refused, and not asked for again.
var ErrUnknownMarket = errors.New("exchange: unknown market")

// ErrEnding says that the exchange is about to end the connection, and wishes
// another to be opened. A Stream's Read returns it, wrapped, when it is told so; the
// connection goes on until another has taken its place, or the exchange ends it.
var ErrEnding = errors.New("exchange: the exchange is about to end the connection")

// Permanent marks an error as one that no retrying mends: a key that is not
// accepted, an API that is retired. Nil stays nil. The marked error reads and
// unwraps as before.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err, or an error it wraps, is marked with Permanent.
func IsPermanent(err error) bool {
	var p *permanentError
	return errors.As(err, &p)
}

type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// RateLimitError says that the exchange asks for fewer requests. It comes wrapped
// in what was asked.
type RateLimitError struct {
	RetryAfter time.Duration // how long to ask nothing; zero where the exchange did not say
	Err        error         // what it answered; may be nil
}

func (e *RateLimitError) Error() string {
	s := "rate limit hit"
	if e.RetryAfter > 0 {
		s += fmt.Sprintf(", retry after %v", e.RetryAfter)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns what the exchange answered.
func (e *RateLimitError) Unwrap() error { return e.Err }

// StatusError is an answer with a status other than 200. It comes wrapped in
// what was asked.
type StatusError struct {
	Status int
	Body   string // how the answer begins, 512 bytes at most
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("status %d: %s", e.Status, clip(e.Body, 200))
}

// CloseError says that the exchange closed a websocket, with which code and
// reason.
type CloseError = wsconn.CloseError

// FrameError is a frame, or a row of one, that could not be read. It costs that
// frame or row and nothing more. Make it with NewFrameError.
type FrameError struct {
	Exchange string
	Market   ticker.Market // empty where it is not known
	Frame    string        // how the frame begins, 64 bytes at most
	Err      error
}

// NewFrameError returns a FrameError that has copied how the frame begins.
func NewFrameError(exchange string, m ticker.Market, frame []byte, err error) *FrameError {
	return &FrameError{Exchange: exchange, Market: m, Frame: string(frame[:min(len(frame), 64)]), Err: err}
}

func (e *FrameError) Error() string {
	if e.Market != "" {
		return fmt.Sprintf("%s: %s in frame %s: %v", e.Exchange, clip(e.Market, 40), clip(e.Frame, 64), e.Err)
	}
	return fmt.Sprintf("%s: frame %s: %v", e.Exchange, clip(e.Frame, 64), e.Err)
}

// Unwrap returns the reason.
func (e *FrameError) Unwrap() error { return e.Err }

// RefusedError names the markets that the exchange would not serve, with its
// reasons, which of a WebSocket's are 200 printable characters at most. The others
// of the same subscription are served.
type RefusedError struct{ Markets map[ticker.Market]string }

func (e *RefusedError) Error() string {
	var reasons []string
	for _, m := range slices.Sorted(maps.Keys(e.Markets)) {
		if len(reasons) == 5 {
			reasons = append(reasons, "...")
			break
		}
		reasons = append(reasons, clip(m, 40)+" "+clip(e.Markets[m], 100))
	}
	return fmt.Sprintf("exchange: %d markets refused: %s", len(e.Markets), strings.Join(reasons, ", "))
}

// clip quotes how a text from outside begins, so that neither its size nor its
// bytes can spoil a message.
func clip[T ~string | ~[]byte](s T, n int) string {
	if len(s) <= n {
		return fmt.Sprintf("%q", string(s))
	}
	return fmt.Sprintf("%q...", string(s[:n]))
}

// place quotes an address without what may be secret in it: a user and password,
// and a query.
func place(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "a malformed address"
	}
	u.User, u.Fragment = nil, ""
	if u.RawQuery != "" {
		u.RawQuery = "..."
	}
	return clip(u.String(), 200)
}

// plain is how a text from outside begins that is kept, and perhaps shown, for
// itself: what is not printable gives way to a replacement character.
func plain(s string, n int) string {
	if len(s) > n {
		s = s[:n] + "..."
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// brief is clip without quotes, where the text is well formed and ours.
func brief(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "..."
}

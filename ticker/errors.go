package ticker

import (
	"errors"
	"fmt"
	"time"
)

// Errors of reading a Book. Tell them apart with errors.Is.
var (
	// ErrUnknown: the Book does not know the market, or not yet.
	ErrUnknown = errors.New("ticker: market not known")
	// ErrNotReported: the exchange reports no such price: it never tells that
	// group, or it says that there is none (no trade yet, an empty book).
	ErrNotReported = errors.New("ticker: price not reported")
	// ErrRemoved: the exchange no longer lists the market.
	ErrRemoved = errors.New("ticker: market removed")
	// ErrKept: another Run keeps the Book.
	ErrKept = errors.New("ticker: the book is kept by another run")
	// ErrClosed: the link was closed before.
	ErrClosed = errors.New("ticker: link closed")
	// ErrRestarted: the exchange counts its order keys anew. The link is of no
	// more use; its keys are forgotten.
	ErrRestarted = errors.New("ticker: order keys restarted")
	// ErrMismatch: an audit found that the exchange answers otherwise than it told.
	ErrMismatch = errors.New("ticker: not as the stream told")
)

// Causes of a StaleError. Tell them apart with errors.Is.
var (
	ErrDown        = errors.New("no connection carries the market")
	ErrSilent      = errors.New("the connection is silent")
	ErrUnconfirmed = errors.New("not told or answered since the connection began")
	ErrDoubtful    = errors.New("older messages keep coming")
	ErrUnlisted    = errors.New("missing from the exchange's last list")
	ErrNotTrading  = errors.New("the exchange lists the market as not trading")
	ErrWarm        = errors.New("read from a file, and not told or answered since")
	ErrNotFollowed = errors.New("the exchange does not tell each change of it")
)

// StaleError says that a price is known but older than the reader allows, or from
// a file, which is never taken as fresh.
type StaleError struct {
	Market Market
	Age    time.Duration // how long ago AsOf is
	Cause  error         // why: one of the causes above; ErrDown wraps the link's own error
}

// Error says market, age and cause.
func (e *StaleError) Error() string {
	return fmt.Sprintf("ticker: price of %s is %v old: %v", e.Market, e.Age.Round(time.Millisecond), e.Cause)
}

// Unwrap returns the cause.
func (e *StaleError) Unwrap() error { return e.Cause }

// ShortListError is in Status while the exchange's list lacks so many markets
// that it is not believed until it has been seen three times in a row.
type ShortListError struct {
	Missing, Of int // markets that the list lacks, and that the Book has
	Seen        int // how often in a row so far
}

// Error says how many markets are missing, and how often that was seen.
func (e *ShortListError) Error() string {
	return fmt.Sprintf("ticker: list lacks %d of %d markets (seen %d of 3 times)", e.Missing, e.Of, e.Seen)
}

package ticker

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Errors of reading a file of tickers. Tell them apart with errors.Is.
var (
	// ErrDamaged: the file was cut or changed, or is none of a Book.
	ErrDamaged = errors.New("ticker: file damaged")
	// ErrVersion: the file was written in a form that this version does not know.
	ErrVersion = errors.New("ticker: file of another version")
	// ErrOtherExchange: the file's tickers are not of the Book's exchange.
	ErrOtherExchange = errors.New("ticker: tickers of another exchange")
)

// maxFile is the longest file that is read, in bytes: some 500,000 markets.
const maxFile = 128 << 20

// WriteTo writes every ticker that is known, of one instant, so that a later run
// can begin with them: see ReadFrom. It may be called at any time, and holds up
// neither the feed nor other readers. WriteFile does it safely to a file.
func (b *Book) WriteTo(w io.Writer) (int64, error) {
	ts := b.AppendAll(nil)
	n, err := w.Write(appendFile(nil, b.Name(), ts))
	if err != nil {
		err = fmt.Errorf("ticker: writing tickers: %w", err)
	}
	return int64(n), err
}

// ReadFrom reads, up to its end, what WriteTo wrote, for a warm start: the tickers
// can be read at once, with source Warm and the AsOf that they had, and watchers
// are told them. Order keys and the time of reception are not kept: the exchange
// may count anew since, and nothing was received by this run.
//
// What a file tells is only a memory. Quote and Trade refuse it however young it
// is, with ErrWarm as the cause, since a price's age over a restart rests on a
// wall clock that nobody watched meanwhile; an AsOf that lies in the future is
// dropped. Get, All and Watch show it. The market stays unknown, so that Synced
// waits for it and an engine asks for it, the oldest first. Whatever the stream
// tells or REST answers replaces it, even where that comes from a cache. What the
// first list of markets lacks is removed.
//
// ReadFrom is for before Run: while one has the Book it returns ErrKept. It fills
// what is unknown, and nothing else. A file that is cut or changed anywhere, has
// anything behind its end, or is of another exchange than the Book is refused with
// ErrDamaged, ErrVersion or ErrOtherExchange, and the Book stays as it was. Until
// its first Run a Book takes its name from the file; a Run on another exchange
// then returns ErrOtherExchange.
func (b *Book) ReadFrom(r io.Reader) (int64, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	n := int64(len(data))
	switch {
	case err != nil:
		return n, fmt.Errorf("ticker: reading tickers: %w", err)
	case n > maxFile:
		return n, fmt.Errorf("%w: longer than %d bytes", ErrDamaged, maxFile)
	}
	name, ts, err := parseFile(data)
	if err != nil {
		return n, err
	}
	return n, b.warm(name, ts, time.Now())
}

// warm fills what is unknown with the tickers of a file.
func (b *Book) warm(name string, ts []Ticker, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.keeper != nil || len(b.links) > 0:
		return ErrKept
	case b.name != "" && b.name != name:
		return otherExchange(name, b.name)
	}
	b.name, b.isWarm = name, true
	b.reserve(len(ts))
	for i := range ts {
		n := b.slot(ts[i].Market)
		s := &b.slots[n]
		if s.removed {
			continue
		}
		var marked Groups
		for g := range groups {
			st, in := s.ticker.stamp(g), ts[i].stamp(g)
			if st.Source != NoSource || in.Source == NoSource {
				continue
			}
			s.ticker.set(g, &ts[i])
			st.Time, st.AsOf, st.Source = in.Time, in.AsOf, Warm
			if in.AsOf.After(now) {
				st.AsOf = time.Time{} // the clock was set back: nobody knows how old it is
			}
			marked |= 1 << g
		}
		if marked != 0 {
			b.mark(n)
		}
		b.record(s, marked)
	}
	return nil
}

func otherExchange(name, book string) error {
	return fmt.Errorf("%w: the file's are of %.40q, the book is of %.40q", ErrOtherExchange, name, book)
}

// told reports whether this run has the value from the exchange.
func (s Source) told() bool { return s == Stream || s == REST }

// cool forgets the AsOf of a value from a file before the value is replaced: it
// would make an answer from a cache look younger than it is.
func (st *Stamp) cool(off rule) {
	if st.Source == Warm && off&ruleFile == 0 {
		st.AsOf = time.Time{}
	}
}

// vanish removes what only a file has told, and the exchange's list, which has just
// been merged, lacks. One list is enough: nothing is lost that the exchange said.
func (b *Book) vanish() {
	for i := range b.slots {
		if s := &b.slots[i]; !s.listed && s.readable() {
			s.removed = true
			b.mark(int32(i))
			b.emit(s, 0, true)
		}
	}
}

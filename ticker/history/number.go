package history

import (
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5/pgtype"
)

// DigitsError says that a number of the database has more digits than a
// decimal.Decimal holds: 19, of which 19 may be decimals.
type DigitsError struct{ Text string }

// Error says the number.
func (e *DigitsError) Error() string {
	return fmt.Sprintf("history: %s has more digits than a decimal holds", e.Text)
}

// Number is an exact decimal as text: what is computed from prices can have more
// digits than they.
type Number string

// Decimal returns the number, or a *DigitsError where a Decimal cannot hold it.
func (n Number) Decimal() (decimal.Decimal, error) { return parse(string(n)) }

// parse reads what Postgres writes of a numeric. It never rounds.
func parse(s string) (decimal.Decimal, error) {
	text := s
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	_, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > decimal.MaxScale {
		return decimal.Decimal{}, &DigitsError{s}
	}
	d, err := decimal.ParseExact(text, len(fraction))
	if err != nil {
		return decimal.Decimal{}, &DigitsError{s}
	}
	return d, nil
}

// price scans a numeric; NULL is zero: not reported.
type price struct{ to *decimal.Decimal }

// Scan implements sql.Scanner.
func (p price) Scan(src any) (err error) {
	switch s := src.(type) {
	case nil:
		*p.to = decimal.Decimal{}
	case string:
		*p.to, err = parse(s)
	default:
		err = fmt.Errorf("history: %T is no number", src)
	}
	return err
}

// when scans a timestamptz as UTC; NULL is the zero time.
type when struct{ to *time.Time }

// ScanTimestamptz implements pgtype.TimestamptzScanner. Infinity is the zero time, too.
func (w when) ScanTimestamptz(v pgtype.Timestamptz) error {
	*w.to = time.Time{}
	if v.Valid && v.InfinityModifier == pgtype.Finite {
		*w.to = v.Time.UTC()
	}
	return nil
}

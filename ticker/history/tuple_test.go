package history

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tickersync/tickersync/ticker"
)

func randomDecimal(r *rand.Rand) decimal.Decimal {
	coef := r.Uint64() % 1e19
	for range r.IntN(20) {
		coef /= 10
	}
	for range r.IntN(6) {
		if coef < 1e18 {
			coef *= 10 // zeros at the end
		}
	}
	d, err := decimal.New(int64(coef>>1), r.IntN(decimal.MaxScale+1))
	if err != nil {
		return decimal.One
	}
	if r.IntN(2) == 0 {
		return d.Neg()
	}
	return d
}

// What is encoded is what pgx's own codec makes of it, and what Postgres reads.
func TestNumericIsExact(t *testing.T) {
	r := random(t)
	ds := []decimal.Decimal{decimal.One, decimal.MustParse("9999999999999999999"), decimal.MustParse("0.0000000000000000001"),
		decimal.MustParse("0.9999999999999999999"), decimal.MustParse("10000"), decimal.MustParse("-0.00010000"), decimal.MustParse("123456789.000050000")}
	for range 2000 {
		ds = append(ds, randomDecimal(r))
	}
	pool := fresh(t, nil)
	var rows []byte
	for i, d := range ds {
		var n pgtype.Numeric
		require.NoError(t, n.Scan(d.String()))
		b := appendNumeric(nil, d)
		if d.IsZero() {
			require.Equal(t, appendNull(nil), b)
			b = appendNumeric(nil, decimal.One)
			ds[i] = decimal.One
		}
		var got pgtype.Numeric
		require.NoError(t, pgtype.NewMap().Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, b[4:], &got))
		rows = append(append(append(rows, 0, 2), appendInt32(nil, int32(i))...), b...)
	}
	conn, err := pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	_, err = conn.Exec(t.Context(), "CREATE TEMP TABLE numbers (i int, n numeric)")
	require.NoError(t, err)
	_, err = conn.Conn().PgConn().CopyFrom(t.Context(), copyFile(rows), "COPY numbers FROM STDIN BINARY")
	require.NoError(t, err)
	for i, d := range ds {
		var text string
		if i > 300 && i%20 != 0 {
			continue
		}
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT n::text FROM numbers WHERE i = $1", i).Scan(&text))
		require.Equal(t, d.String(), text)
	}
}

func TestTimesThatADatabaseCannotHold(t *testing.T) {
	far := time.Date(300_000, 1, 1, 0, 0, 0, 0, time.UTC)
	assert.Equal(t, appendNull(nil), appendTime(nil, far))
	assert.Equal(t, appendNull(nil), appendTime(nil, time.Time{}))
	assert.Equal(t, micros(time.Time{}), micros(far))
	now := time.Now().UTC().Truncate(time.Microsecond)
	assert.Equal(t, now, fromMicros(micros(now)))
}

func TestEventsAreReadAsWritten(t *testing.T) {
	var c ticker.Ticker
	c.Trade.Price = decimal.MustParse("1.5")
	rows := [3]tail{{appendGroup(nil, &c, 0, noon, false), true}, {}, {appendGroup(nil, &c, 2, noon, true), false}}
	at := micros(noon)
	es := []event{
		{kind: eventStart, at: at},
		{kind: eventChange, at: at + 1, key: []byte(marketKey("sim\x00", "A-\xffB")), link: 7, rows: rows},
		{kind: eventLink, at: at, link: 1 << 60, note: "sim", since: -5, delays: [3]int64{1, 0, 3}},
		{kind: eventLife, at: at, link: 7, since: 1, from: 2, until: 3},
		{kind: eventClosed, at: at, link: 7, until: 9, note: "reset"},
		{kind: eventGap, at: at, key: []byte("sim"), number: 4, link: 7, since: 1, until: 0, skipped: 5, reason: reasonFull, note: "why"},
		{kind: eventOver, at: at, number: 4, until: 2},
		{kind: eventTick, at: at},
	}
	var b []byte
	for i := range es {
		if e := &es[i]; e.kind == eventChange {
			b = appendChange(b, e.at, string(e.key), e.link, &e.rows)
		} else {
			b = e.append(b)
		}
	}
	rest := b
	for i := range es {
		var e event
		var err error
		rest, err = e.parse(rest)
		require.NoError(t, err)
		if len(es[i].key) == 0 {
			e.key = nil
		}
		require.Equal(t, es[i], e)
	}
	assert.Empty(t, rest)
	exchange, market := splitKey(string(es[1].key))
	assert.Equal(t, "sim A-\uFFFDB", exchange+" "+market)
	for n := range len(b) { // what is cut is an error, never a panic or another event
		rest := b[:n]
		for err := error(nil); err == nil && len(rest) > 0; {
			var e event
			rest, err = e.parse(rest)
		}
	}
}

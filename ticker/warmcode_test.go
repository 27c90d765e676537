package ticker

import (
	"bytes"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fileOf is a file with every kind of field.
func fileOf(t *testing.T) []byte {
	t.Helper()
	b, l, us := crowd(t, 5)
	us[0].Trade.Time = time.Date(2026, 11, 22, 1, 2, 3, 4, time.UTC)
	require.NoError(t, l.Stream(us, time.Now()))
	return appendFile(nil, "sim", b.AppendAll(nil))
}

// A file that is cut at any byte, or has any byte changed, is refused, and the
// Book stays as it was.
func TestDamagedFile(t *testing.T) {
	file := fileOf(t)
	b, l, _ := crowd(t, 3)
	l.Close(nil)
	before, status := b.AppendAll(nil), b.Status()
	refused := func(data []byte, what string, at int) {
		_, err := b.ReadFrom(bytes.NewReader(data))
		if err == nil || b.Name() != "" {
			require.Fail(t, what, "at %d: %v, %q", at, err, b.Name())
		}
	}
	for n := range file {
		refused(file[:n], "cut", n)
	}
	changed := bytes.Clone(file)
	for i := range changed {
		for bit := range 8 {
			changed[i] ^= 1 << bit
			refused(changed, "changed", i)
			changed[i] ^= 1 << bit
		}
		changed[i] = ^changed[i]
		refused(changed, "changed", i)
		changed[i] = ^changed[i]
	}
	refused(append(bytes.Clone(file), 0), "longer", len(file))
	assert.Equal(t, before, b.AppendAll(nil))
	assert.Equal(t, status, b.Status())
	_, err := b.ReadFrom(bytes.NewReader(file))
	require.NoError(t, err)
	assert.Len(t, b.AppendAll(nil), 5)
}

func TestErrorsOfFiles(t *testing.T) {
	seal := func(body string) []byte {
		data := []byte(fileLine + body)
		sum := sha256.Sum256(data)
		return append(data, sum[:]...)
	}
	for what, c := range map[string]struct {
		data []byte
		err  error
	}{
		"nothing":                {nil, ErrDamaged},
		"something else":         {[]byte("{}\n"), ErrDamaged},
		"of another version":     {[]byte("tickersync book 2\nwhatever"), ErrVersion},
		"no checksum":            {[]byte(fileLine), ErrDamaged},
		"no body":                {seal(""), ErrDamaged},
		"empty":                  {seal("\x00\x00"), nil},
		"more than it says":      {seal("\x00\x00!"), ErrDamaged},
		"less than it says":      {seal("\x00\x01"), ErrDamaged},
		"an endless number":      {seal("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), ErrDamaged},
		"a market in no group":   {seal("\x00\x01\x01A\x00"), ErrDamaged},
		"a group of no ticker":   {seal("\x00\x01\x01A\x08"), ErrDamaged},
		"a trade":                {seal("\x00\x01\x01A\x01\x00\x00\x02\x01\x011\x012"), nil},
		"a price of words":       {seal("\x00\x01\x01A\x01\x00\x00\x02\x01\x01x\x012"), ErrDamaged},
		"too many nanoseconds":   {seal("\x00\x01\x01A\x01\x00\xff\xff\xff\xff\x7f\x02\x01\x011\x012"), ErrDamaged},
		"the same market twice":  {seal("\x00\x02\x01A\x01\x00\x00\x02\x01\x011\x012\x01A\x01\x00\x00\x02\x01\x011\x012"), ErrDamaged},
		"markets out of order":   {seal("\x00\x02\x01B\x01\x00\x00\x02\x01\x011\x012\x01A\x01\x00\x00\x02\x01\x011\x012"), ErrDamaged},
		"a name longer than all": {seal("\xff\x01\x00"), ErrDamaged},
	} {
		_, _, err := parseFile(c.data)
		require.ErrorIs(t, err, c.err, what)
	}
}

// Whatever is read is written as it was read, and nothing makes the reader panic.
func FuzzReadFrom(f *testing.F) {
	f.Add([]byte("\x03sim\x01\x03A-B\x03\x00\x00\x02\x01\x011\x012\x00\x00\x02\x01\x011\x012\x033.0\x04-4.5"))
	f.Add([]byte("\x00\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		name, ts, err := parseBody(body)
		if err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			require.Nil(t, ts)
			return
		}
		file := appendFile(nil, name, ts)
		sameName, same, err := parseFile(file)
		require.NoError(t, err)
		require.Equal(t, name, sameName)
		require.Equal(t, file, appendFile(nil, sameName, same))
		var b Book
		_, err = b.ReadFrom(bytes.NewReader(file))
		require.NoError(t, err)
		require.Len(t, b.AppendAll(nil), len(ts))
	})
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "kraken.tickers")
	var b Book
	require.ErrorIs(t, b.ReadFile(path), fs.ErrNotExist)
	full, _, _ := crowd(t, 10)
	for range 2 { // the second replaces the first
		require.NoError(t, full.WriteFile(path))
	}
	require.NoError(t, b.ReadFile(path))
	assert.Len(t, b.AppendAll(nil), 10)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing is left beside it")
}

// What cannot be written leaves what was there, and nothing beside it.
func TestWriteFileFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tickers")
	require.NoError(t, os.MkdirAll(filepath.Join(path, "in the way"), 0o700))
	b, _, _ := crowd(t, 10)
	require.ErrorContains(t, b.WriteFile(path), "ticker: ")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1)
	require.ErrorIs(t, b.WriteFile(filepath.Join(dir, "none", "tickers")), fs.ErrNotExist)
	require.ErrorContains(t, b.ReadFile(path), "ticker: ")
	require.ErrorIs(t, syncDir(filepath.Join(dir, "none")), fs.ErrNotExist)
}

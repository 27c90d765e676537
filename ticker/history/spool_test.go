package history

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// all reads what a spool holds.
func (s *spool) all(t *testing.T) (texts []string, places []place) {
	t.Helper()
	first, last, err := s.bounds()
	require.NoError(t, err)
	for i := first; i <= last; i++ {
		p, events, err := s.read(i)
		require.NoError(t, err)
		texts, places = append(texts, string(events)), append(places, p)
	}
	return texts, places
}

func reopened(t *testing.T, dir string, limit int64) *spool {
	t.Helper()
	s, err := openSpool(dir, limit)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.close() })
	return s
}

// A log that was cut anywhere has what was before the cut, goes on behind it, and
// never gives a batch the place of another.
func TestSpoolCutAtAnyByte(t *testing.T) {
	dir := t.TempDir()
	s := reopened(t, dir, 1<<20)
	var want []string
	for i := range 12 {
		want = append(want, strings.Repeat(fmt.Sprint(i, " "), 1+i*i))
		require.NoError(t, s.append([]byte(want[i])))
	}
	_, places := s.all(t)
	require.NoError(t, s.close())
	paths, err := segments(filepath.Join(dir, "log"))
	require.NoError(t, err)
	require.Len(t, paths, 1)
	whole, err := os.ReadFile(paths[0])
	require.NoError(t, err)
	for n := range len(whole) + 1 {
		if testing.Short() && n%7 != 0 {
			continue // each opening syncs
		}
		cut := whole[:n]
		if n%3 == 0 && n > 0 { // or the last bytes are not what was written
			cut = append(append([]byte{}, whole[:n-1]...), ^whole[n-1])
		}
		require.NoError(t, os.WriteFile(paths[0], cut, 0o600))
		s, err := openSpool(dir, 1<<20)
		require.NoError(t, err, n)
		got, at := s.all(t)
		require.Equal(t, want[:len(got)], append([]string{}, got...), n)
		require.NoError(t, s.append([]byte("next")))
		next, err := s.after(places[len(places)-1])
		require.NoError(t, err)
		p, events, err := s.read(next)
		require.NoError(t, err)
		require.Equal(t, "next", string(events))
		require.True(t, p.after(places[len(places)-1]), "it is no batch that went before")
		require.Equal(t, len(at), int(next-1))
		require.NoError(t, s.close())
	}
}

func TestSpoolIsDroppedFromTheFront(t *testing.T) {
	dir := t.TempDir()
	s := reopened(t, dir, 1<<20)
	batch := []byte(strings.Repeat("x", 10_000))
	for range 3 { // more than it could hold at once
		for i := 0; ; i++ {
			if err := s.append(batch); err != nil {
				require.ErrorIs(t, err, ErrFull)
				require.Greater(t, i, 40)
				break
			}
		}
		first, last, err := s.bounds()
		require.NoError(t, err)
		require.NoError(t, s.drop(first+2))
		require.ErrorIs(t, s.append(batch), ErrFull, "too little to be worth it")
		require.NoError(t, s.drop(last-5))
		require.NoError(t, s.append(batch))
		require.NoError(t, s.drop(last+2))
		first, last, err = s.bounds()
		require.NoError(t, err)
		require.Equal(t, last+1, first, "all of it")
	}
	require.NoError(t, s.close())
	s = reopened(t, dir, 1<<20)
	require.NoError(t, s.append([]byte("on")))
	got, _ := s.all(t)
	assert.Equal(t, []string{"on"}, got)
}

func TestSpoolIsForOne(t *testing.T) {
	dir := t.TempDir()
	s := reopened(t, dir, 1<<20)
	_, err := openSpool(dir, 1<<20)
	require.ErrorIs(t, err, ErrInUse)
	id, session := s.id, s.next.session
	require.NoError(t, s.close())
	s = reopened(t, dir, 1<<20)
	assert.Equal(t, id, s.id)
	assert.Greater(t, s.next.session, session)
	require.NoError(t, s.close())
	require.NoError(t, os.WriteFile(filepath.Join(dir, "session"), []byte("{"), 0o600))
	_, err = openSpool(dir, 1<<20)
	require.ErrorIs(t, err, ErrDamaged)
}

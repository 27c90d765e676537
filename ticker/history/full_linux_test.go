package history

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A real full disk: a small file system.
func TestSpoolOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("not run: no file system of a given size can be mounted:", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	s, err := openSpool(filepath.Join(dir, "spool"), 1<<30)
	require.NoError(t, err)
	other := filepath.Join(dir, "other")
	require.NoError(t, os.WriteFile(other, make([]byte, 300_000), 0o600))
	var want []string
	for i := 0; ; i++ {
		batch := strings.Repeat(fmt.Sprint(i, " "), 2000)
		if err = s.append([]byte(batch)); err != nil {
			break
		}
		want = append(want, batch)
	}
	require.ErrorIs(t, err, ErrFull)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Greater(t, len(want), 20)
	require.NoError(t, s.close())
	s, err = openSpool(filepath.Join(dir, "spool"), 1<<30)
	require.NoError(t, err, "what is in it has to get out")
	got, _ := s.all(t)
	require.Equal(t, want, got)
	for err = nil; err == nil; { // what the torn batch took is free again
		if err = s.append([]byte(want[0])); err == nil {
			want = append(want, want[0])
		}
	}
	require.ErrorIs(t, err, ErrFull)
	require.NoError(t, os.Remove(other))
	require.NoError(t, s.append([]byte("room")))
	got, places := s.all(t)
	require.Equal(t, append(want, "room"), got)
	for i := range places[1:] {
		require.True(t, places[i+1].after(places[i]))
	}
	first, last, err := s.bounds()
	require.NoError(t, errors.Join(err, s.drop(last+1)))
	require.Less(t, first, last)
	require.NoError(t, s.close())
}

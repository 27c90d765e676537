package stage

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// width is how long a line of the foot may be: a longer one would wrap, and the
// next redrawing would miss a line.
const width = 79

// Screen prints lines, and on a terminal keeps a foot of lines below them that
// is redrawn in place. Its methods may be called from several goroutines.
type Screen struct {
	out      io.Writer
	terminal bool

	mu   sync.Mutex
	foot []string
}

// NewScreen returns a screen that writes to out.
func NewScreen(out io.Writer, terminal bool) *Screen {
	return &Screen{out: out, terminal: terminal}
}

// IsTerminal reports whether a file is one, as far as the standard library tells.
func IsTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Terminal reports whether the screen redraws its foot.
func (s *Screen) Terminal() bool { return s.terminal }

// Print prints one line, above the foot.
func (s *Screen) Print(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(fmt.Sprintf(format, args...)+"\n", s.foot)
}

// Foot replaces the lines below all others; none takes them away. It does
// nothing where the screen is no terminal.
func (s *Screen) Foot(lines ...string) {
	if !s.terminal {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write("", lines)
}

// Keep leaves the foot where it is: further lines come below it.
func (s *Screen) Keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.foot = nil
}

// write does it in one go, or the terminal would flicker.
func (s *Screen) write(above string, foot []string) {
	var p []byte
	if n := len(s.foot); n > 0 {
		p = fmt.Appendf(p, "\x1b[%dA\x1b[J", n) // up n lines, and clear from there on
	}
	p = append(p, above...)
	for _, line := range foot {
		if r := []rune(line); len(r) > width {
			line = string(r[:width])
		}
		p = append(append(p, line...), '\n')
	}
	s.foot = foot
	_, _ = s.out.Write(p)
}

package ticker

import (
	"context"
	"iter"
	"time"
)

// FollowLives is Follow, and tells besides how far the word of the links reaches:
// every so often, and after a connection was lost or opened, a change with Lives
// set. It has its place among the others: what the Book had taken in when the links
// were looked at has been told before it. So who repeats the Book elsewhere can
// repeat that word at once, and none of its prices passes for fresher than it is.
// A reader that is behind is told the newest of them alone. If every is zero or less
// it is Follow.
func (b *Book) FollowLives(ctx context.Context, depth int, every time.Duration) iter.Seq[Change] {
	return b.followed(ctx, depth, every)
}

// lives is the word of the links that a follower is about to be told.
type lives struct {
	every  time.Duration // how often; zero: never
	timer  *time.Timer
	now    []Life // as they were when looked at; nil: nothing is about to be told
	at     time.Time
	before int  // changes to be told before it
	late   bool // they are to be looked at when what was lost is made good
}

// tick begins to look at the links every so often, and returns what ends that.
func (f *follower) tick(every time.Duration) (stop func() bool) {
	if every <= 0 {
		return func() bool { return true }
	}
	f.b.mu.Lock()
	defer f.b.mu.Unlock()
	f.lives.every = every
	f.look()
	f.lives.timer = time.AfterFunc(every, func() {
		f.b.mu.Lock()
		defer f.b.mu.Unlock()
		f.look()
		f.wake.Signal()
	})
	return f.lives.timer.Stop
}

// look takes the lives of the links as they are now, to be told after all that is
// kept. While changes are lost nobody can say what is kept.
func (f *follower) look() {
	l := &f.lives
	if l.late = f.lost > 0; l.late {
		return
	}
	l.now, l.at, l.before = f.b.lives(), time.Now(), len(f.fresh)+f.n
}

// hurry has the links looked at when what lost or opened one is done.
func (f *follower) hurry(c *Change) {
	if f.lives.timer != nil && (c.Up || c.Down != nil) {
		f.lives.timer.Reset(0)
	}
}

// ready reports whether all has been told that goes before.
func (l *lives) ready() bool { return l.now != nil && l.before <= 0 }

func (l *lives) take() Change {
	c := Change{At: l.at, Lives: l.now}
	l.now = nil
	l.timer.Reset(l.every)
	return c
}

package ticker

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"
)

// DefaultDepth is how many changes Follow keeps for a reader that names no depth.
const DefaultDepth = 4096

// Follow tells every market that is known, as of one instant, and from that
// instant on every change in its order: none is skipped as long as the reader is
// fewer than depth changes behind. It is for who records or repeats a Book; who
// wants the newest wants Watch. If depth is zero or less it is DefaultDepth; a
// change kept takes about half a kilobyte.
//
// A reader that falls further behind gets what is kept, then one change with
// Skipped set to the number of those lost, and then each market that changed
// meanwhile, as it is at that moment (a market that is gone, as Removed): so what
// it knows of the markets is right again, and only the values between are lost.
// Connections that were lost or opened meanwhile are in Lives.
//
// A change of value is one, and so is whatever moves an AsOf or stops it, but for
// the word of a link: of a group in Change.Follows, AsOf at any later moment is
// the later of the one told and the Heard of the link's Life, less the group's
// Delay. A reader that applies this holds what the Book holds.
//
// The feed never waits for the reader. The sequence ends with ctx, at once, or
// when Run returns, after what is kept; its last change has End set. Leaving the
// loop is fine too. Each iteration follows anew.
func (b *Book) Follow(ctx context.Context, depth int) iter.Seq[Change] {
	return b.followed(ctx, depth, 0)
}

func (b *Book) followed(ctx context.Context, depth int, every time.Duration) iter.Seq[Change] {
	if depth <= 0 {
		depth = DefaultDepth
	}
	return func(yield func(Change) bool) {
		f := b.follow(depth)
		defer b.unfollow(f)
		defer f.tick(every)()
		defer context.AfterFunc(ctx, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			f.wake.Signal()
		})()
		for {
			c := f.next(ctx)
			if !yield(c) || c.End != nil {
				return
			}
		}
	}
}

// follower is one reader of Follow: the markets that it is told as of one
// instant, and the ring of the changes since.
type follower struct {
	b        *Book
	wake     sync.Cond
	fresh    []Change // told before the ring
	ring     []Change
	first, n int    // of what the ring holds
	lost     int    // changes since it was full
	since    uint64 // the number of the last change before those
	end      error  // why the Run that was followed returned; nil: it goes on
	lives    lives
}

func (b *Book) follow(depth int) *follower {
	f := &follower{b: b, ring: make([]Change, depth)}
	f.wake.L = &b.mu
	b.mu.Lock()
	defer b.mu.Unlock()
	f.refresh(func(s *slot) bool { return s.readable() })
	b.followers = append(b.followers, f)
	if b.ended {
		f.end = b.err
	}
	return f
}

func (b *Book) unfollow(f *follower) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.followers = slices.DeleteFunc(b.followers, func(o *follower) bool { return o == f })
}

// refresh takes the markets that the reader has to be told as they are now.
func (f *follower) refresh(tell func(s *slot) bool) {
	now := time.Now()
	for i := range f.b.slots {
		if s := &f.b.slots[i]; tell(s) {
			c := Change{At: now, Removed: !s.readable()}
			s.change(&c)
			for g := range groups {
				if s.ticker.stamp(g).Source != NoSource {
					c.Groups |= 1 << g
				}
			}
			f.fresh = append(f.fresh, c)
		}
	}
	slices.SortFunc(f.fresh, func(a, b Change) int { return strings.Compare(string(a.Market), string(b.Market)) })
}

// change fills in what a follower is told of a market.
func (s *slot) change(c *Change) {
	s.turned() // one that is removed is not recorded yet
	s.copy(&c.Ticker)
	c.Link, c.Follows = s.told.link, s.told.groups
}

// follows is what a market's AsOf moves with: nothing, where there is no link. The
// kinds of its groups are those of the link that carries it.
type follows struct {
	link   uint64
	groups Groups
	kinds  [groups]Kind
}

func (s *slot) follows() (f follows) {
	for i := range groups {
		f.kinds[i] = s.ticker.stamp(i).Kind
		if s.moves(i) {
			f.link = s.word().id
			f.groups |= 1 << i
		}
	}
	return f
}

// record notes what the AsOf of a slot's groups moves with, and tells its followers
// that the groups were told or answered. If there are none it tells them whether
// the AsOf of another set of groups, or of another link, moves, and otherwise
// nothing. It comes last of all that is done to a slot for one message.
func (b *Book) record(s *slot, g Groups) {
	if s.turned() || g != 0 {
		b.emit(s, g, false)
	}
}

// turned notes what a market's AsOf moves with, and reports whether that is
// something else than before.
func (s *slot) turned() bool {
	was := s.told
	s.told = s.follows()
	return s.told != was
}

// emit tells the followers of a slot, if they can know it.
func (b *Book) emit(s *slot, g Groups, removed bool) {
	if len(b.followers) == 0 || !removed && !s.readable() {
		return
	}
	c := Change{At: time.Now(), Groups: g, Removed: removed}
	s.change(&c)
	b.push(&c)
	s.changed = b.changes
}

// push puts a change at the end of every follower's ring.
func (b *Book) push(c *Change) {
	b.changes++
	for _, f := range b.followers {
		switch {
		case f.end != nil:
		case f.n == len(f.ring) || f.lost > 0:
			if f.lost == 0 {
				f.since = b.changes - 1
			}
			f.lost++
		default:
			f.ring[(f.first+f.n)%len(f.ring)] = *c
			f.n++
			f.hurry(c)
			f.wake.Signal()
		}
	}
}

// next waits for the next change.
func (f *follower) next(ctx context.Context) (c Change) {
	b := f.b
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		switch {
		case ctx.Err() != nil:
			return Change{At: time.Now(), End: context.Cause(ctx)}
		case f.lives.ready():
			return f.lives.take()
		case len(f.fresh) > 0:
			f.lives.before--
			c = f.fresh[0]
			if f.fresh = f.fresh[1:]; len(f.fresh) == 0 {
				f.fresh = nil
			}
			return c
		case f.n > 0:
			f.lives.before--
			c, f.ring[f.first] = f.ring[f.first], Change{}
			f.first, f.n = (f.first+1)%len(f.ring), f.n-1
			return c
		case f.lost > 0:
			c = Change{At: time.Now(), Skipped: f.lost}
			f.lost = 0
			f.refresh(func(s *slot) bool { return s.changed > f.since })
			if f.lives.late {
				f.look()
			}
			return c
		case f.end != nil:
			return Change{At: time.Now(), End: f.end}
		}
		f.wake.Wait()
	}
}

package exchange

import (
	"time"

	"github.com/tickersync/tickersync/ticker"
)

// kept are frames that were read before a Stream was, one after the other.
type kept struct {
	frames []keptFrame
	n      int // updates in them
	most   int // when to thin them out
}

type keptFrame struct {
	us  []ticker.Update
	err error // a *FrameError, or nil
}

// thinAt is how many updates are kept at least before older ones give way.
const thinAt = 1 << 12

// add keeps a frame that was read at that time. It keeps no reference to us.
func (k *kept) add(us []ticker.Update, err error, at time.Time) {
	f := keptFrame{us: append([]ticker.Update(nil), us...), err: err}
	for i := range f.us {
		u := &f.us[i]
		setReceived(u, at)
	}
	k.frames = append(k.frames, f)
	if k.n += len(us) + 1; k.n > max(k.most, thinAt) {
		k.thin()
	}
}

// thin drops the updates whose groups were all told again later, and all errors
// but the last few. So what is kept is bounded by the number of markets, its
// order is the exchange's, and the newest of everything is there.
func (k *kept) thin() {
	told := map[ticker.Market]ticker.Groups{}
	errs := 0
	frames := k.frames
	k.n = 0
	keep := len(frames)
	for i := len(frames) - 1; i >= 0; i-- {
		f := frames[i]
		left := len(f.us)
		for j := len(f.us) - 1; j >= 0; j-- {
			u := f.us[j]
			if told[u.Market].Has(u.Groups) {
				continue
			}
			told[u.Market] |= u.Groups
			left--
			f.us[left] = u
		}
		f.us = f.us[left:]
		if f.err != nil {
			if errs++; errs > 16 {
				f.err = nil
			}
		}
		if len(f.us) > 0 || f.err != nil {
			keep--
			frames[keep] = f
			k.n += len(f.us) + 1
		}
	}
	k.frames = append([]keptFrame(nil), frames[keep:]...)
	k.most = 2 * k.n
}

// next takes the oldest frame.
func (k *kept) next() (f keptFrame, ok bool) {
	if len(k.frames) == 0 {
		return f, false
	}
	f, k.frames = k.frames[0], k.frames[1:]
	return f, true
}

// setReceived stamps the groups that the update speaks of.
func setReceived(u *ticker.Update, at time.Time) {
	if u.Groups.Has(ticker.TradeGroup) {
		u.Trade.Received = at
	}
	if u.Groups.Has(ticker.QuoteGroup) {
		u.Quote.Received = at
	}
	if u.Groups.Has(ticker.StatsGroup) {
		u.Stats.Received = at
	}
}

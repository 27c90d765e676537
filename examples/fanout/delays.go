package main

import "time"

// delays counts how long things took, to a hundredth of a millisecond. Its size does
// not grow; what took a second or longer counts as a second.
type delays struct {
	counts [100_001]int
	n      int
}

const delayStep = 10 * time.Microsecond

func (d *delays) add(t time.Duration) {
	d.counts[min(max(int(t/delayStep), 0), len(d.counts)-1)]++
	d.n++
}

// quantile is the least time within which that share of all was done.
func (d *delays) quantile(q float64) time.Duration {
	need, sum := q*float64(d.n), 0
	for i, n := range d.counts {
		if sum += n; n > 0 && float64(sum) >= need {
			return time.Duration(i+1) * delayStep
		}
	}
	return 0
}

// short writes a time for people.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return d.Round(delayStep).String()
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

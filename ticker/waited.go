package ticker

import "time"

// Waited says that the program stood still from a moment on: what is read before
// till may have waited here since then, so that no AsOf counts it for later.
func (l *Link) Waited(since, till time.Time) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	if !since.Before(l.till) || since.Before(l.stood) { // not within such a time already
		l.stood = since
	}
	if till.After(l.till) {
		l.till = till
	}
}

// waited is when a frame was sent, that was read then.
func (l *Link) waited(sent, read time.Time) time.Time {
	if !l.till.IsZero() && read.Before(l.till) && sent.After(l.stood) {
		return l.stood
	}
	return sent
}

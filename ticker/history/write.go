package history

import (
	"context"
	"time"
)

const (
	// spoolEvery is how long a change waits at most until it is on its way to the disk.
	spoolEvery = 20 * time.Millisecond
	// retrySpool is how long the recorder waits before it tries a full disk again.
	retrySpool = 250 * time.Millisecond
)

// write takes events from the buffer to the spool, until the buffer is closed.
func (n *run) write(ctx context.Context) {
	tick := time.NewTicker(spoolEvery)
	defer tick.Stop()
	var spare []byte
	for {
		select {
		case <-tick.C:
		case <-n.buffer.more:
		}
		events, changes, closed := n.buffer.take(spare)
		if len(events) > 0 && !n.append(ctx, events) {
			return
		}
		n.status.set(func(s *Status) { s.Changes += changes })
		if closed {
			return
		}
		spare = events
	}
}

// append writes a batch to the spool, and tries again while that takes none. False:
// the run is over, and it was not written.
func (n *run) append(ctx context.Context, events []byte) bool {
	for failed := false; ; failed = true {
		err := n.spool.append(events)
		n.spool.mu.Lock()
		size := n.spool.size
		n.spool.mu.Unlock()
		n.status.set(func(s *Status) { s.Spool, s.Bytes = err, size })
		if err == nil {
			if failed {
				n.log.Info("history: recording goes on", "recorder", n.name)
			}
			return true
		}
		n.stuck.Store(micros(time.Now()))
		if !failed {
			n.log.Error("history: recording has stopped", "recorder", n.name, "error", err)
		}
		select {
		case <-ctx.Done():
			return n.spool.append(events) == nil
		case <-time.After(retrySpool):
		}
	}
}

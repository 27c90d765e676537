package ticker

import "context"

// Synced returns a channel that is closed when each market that the exchange
// lists was first known, or refused.
func (b *Book) Synced() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.syncedChan()
}

func (b *Book) syncedChan() chan struct{} {
	if b.synced == nil {
		b.synced = make(chan struct{})
	}
	return b.synced
}

// WaitSynced waits until the Book is synced, and returns nil; or ctx's error, or
// the error of a Run that ended before. It may be called before Run.
func (b *Book) WaitSynced(ctx context.Context) error {
	for {
		changed, synced := b.StatusChanged(), b.Synced()
		select {
		case <-synced:
			return nil
		default:
		}
		if ended, err := b.end(); ended {
			return err
		}
		select {
		case <-synced:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}

func (b *Book) end() (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended, b.err
}

package exchange

// Replayer is a Source that can read the frames of a recorded connection, so that
// what went wrong there can be seen again. Most adapters forward to WebSocket.
type Replayer interface {
	// Replay returns what reads the frames of one recorded connection that
	// carried the markets, from its first frame on. One goroutine uses it.
	Replay(ms []Listing) ParseFunc
}

// Replay begins a session that sends nothing and waits for nothing; see Replayer.
func (w *WebSocket) Replay(ms []Listing) ParseFunc {
	sub := NewSubscription(ms...)
	session := w.Session(sub)
	session.Subscribe(ms, nil)
	sub.Frames()
	return session.Parse
}

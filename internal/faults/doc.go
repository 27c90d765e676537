// Package faults holds the fault table: what the library does when an exchange,
// the network or this machine goes wrong, measured over real sockets in real time.
//
//	go test ./internal/faults -v                  # every fault, most outages a few seconds long
//	go test ./internal/faults -v -args -full      # the same at full length, a minute for some: within five minutes
//	go test ./internal/faults -v -args -row 'TLS|DNS'
//
// A simulated exchange listens on the loopback, fullsync or singlesync keeps a
// Book with it through a TCP proxy that can do what networks do, and readers ask
// that Book all the time for prices that are at most a second old. The exchange
// knows what is true. Idle times are set short (limits_test.go), so that the table is
// done soon; each row is held to what is documented for those times.
//
// # How to read it
//
//	noticed     from the fault to the first word of it in Book.Status: another
//	            state, an error, a counter. "-": nobody should notice, "never"
//	            that nobody did.
//	by          what it was noticed by.
//	healed      from the end of the fault until every market is read as fresh.
//	stale       of the prices that were read as fresh, those that the exchange had
//	            superseded longer ago than the age that was promised, and those
//	            that it never had.
//	lost        after healing, when the exchange rests: groups of a ticker in
//	            which the Book differs from it.
//	REST        requests from the fault to the end.
//	left        goroutines of the run, a second after it has returned.
//
// What the wire reveals leaves nothing stale. For what nothing on the wire reveals
// the row is marked "audit": its noticed is when the audit found a difference, and
// until then what is stale is the limit that the contract names.
//
// The age promised counts from when a frame is read, as the contract says, so its
// way through proxy and sockets is given tolerance, which the table's foot names.
// When this machine has no time for the test, its figures are not the library's:
// such moments are measured beside it (internal/stalls), allowed for, and a row that
// they spoilt is measured again.
//
// # How to add a row
//
// Add a fault to one of the groups, in the file of its kind (connection, frames,
// rest, outages, clocks, watchers, lists, audit):
//
//	{
//		name:   "mute, no pongs",
//		setup:  setup{single: true},                // the exchange, where it is not the usual one
//		breaks: func(_ *testing.T, r *rig) { r.ws.filterOpen(silent(false)) },
//		notice: pingEvery + pongWithin(),           // as documented; a second more is allowed
//		says:   "no pong",                          // what Status then says
//	}
//
// What goes wrong is done to the exchange (simexchange has faults of its own), to
// the proxies before its REST API and its websocket, or to the clocks. The other
// fields of fault are for what else must hold.
package faults

// Package wsconn carries websocket messages, for clients and for the simulated
// servers, and is the only importer of nhooyr.io/websocket.
//
// nhooyr.io/websocket v1.8.17 is marked deprecated in favour of
// github.com/coder/websocket, which continues it. It is the default all the same
// because the project asks for it; it stands behind four methods here, so that
// changing it is a change of this package, and exchange.Options.Dial lets a
// program bring another library. The linter is told so in this package and
// nowhere else.
//
// What nhooyr does that a caller must know: a read or write whose context ends
// closes the connection; somebody must always be reading, or pings go unanswered
// and pongs unseen. What this package adds: a connection that ends within a
// message is an error (nhooyr takes the part that came for the whole), Close
// never waits for the other side, an ended context is reported as such and not
// as a closed connection, and compression is off.
package wsconn

// Package coinbasesim serves Coinbase Exchange, simulated: its REST API and its
// websocket feed, as package coinbase reads them.
//
//	server := coinbasesim.NewServer(simexchange.Config{Seed: 1, Rate: 5})
//	defer server.Close()
//	o := server.Options()
//	source := coinbase.New(&o)
//
// It refuses what the real one refuses: a connection that does not subscribe
// within five seconds, the two forms of a subscription in one frame, heartbeats of
// no product, unknown and delisted products, clients that do not name themselves,
// and more requests, frames or connections than allowed. It sends the ticker of
// each product's last trade on subscribing, however old, and names what a
// connection is subscribed to in random order. Where sources disagree on what the
// real one does, the Dialect has the choice.
//
// What can go wrong on it, and what is true on it, is in package simexchange.
package coinbasesim

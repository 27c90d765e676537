// Package bl3psim serves BL3P, simulated: the dialect that exchange/simexchange
// speaks for package bl3p.
//
//	server := bl3psim.NewServer(simexchange.Config{Seed: 1, Rate: 5})
//	defer server.Close()
//	source := bl3p.New(&bl3p.Options{Options: server.Options()})
//
// As on the real one, the address of a websocket is its subscription, nothing is
// acknowledged, nothing is sent on it before something changes, and there is no
// heartbeat. A book is told whole, and its rows stand in any order, although all
// recorded ones are sorted. A path that ends in a slash and a market that does
// not exist are answered with 400 and 404, and more than 600 requests in ten
// minutes with 429; which statuses the real one chose for the last two nobody has
// written down.
package bl3psim

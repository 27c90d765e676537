// Package krakensim serves Kraken's spot API, simulated: REST and websocket v2.
//
// NewServer is to Kraken what httptest.NewServer is to a handler, with the limits
// that Kraken has: one REST request a second, 150 websocket connections within 10
// minutes, a minute for a connection to subscribe to something. Give it to the
// adapter by its Options:
//
//	server := krakensim.NewServer(simexchange.Config{Seed: 1, Rate: 5})
//	defer server.Close()
//	o := server.Options()
//	source := kraken.New(&o)
//
// What can go wrong on it, and what is true on it, is in package simexchange.
package krakensim

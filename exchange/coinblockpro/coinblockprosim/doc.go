// Package coinblockprosim serves the exchange of the notebook, simulated.
//
// NewServer is to this exchange what httptest.NewServer is to a handler: it
// listens on a free port of the loopback, or in memory for testing/synctest, and
// is given to the adapter by its Options:
//
//	server := coinblockprosim.NewServer(simexchange.Config{Seed: 1, Rate: 5})
//	defer server.Close()
//	source := coinblockpro.New(&coinblockpro.Options{Options: server.Options()})
//
// What can go wrong on it, and what is true on it, is in package simexchange.
// The Dialect has the choices of how it speaks: JSON frames, a late beginning.
package coinblockprosim

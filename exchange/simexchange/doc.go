// Package simexchange is a simulated exchange, for testing what reads one.
//
// A Server listens on the loopback, or in memory for testing/synctest, as
// httptest.Server does, and speaks as a real exchange does: REST and websocket.
// It knows three things that no real exchange tells: what is true of every market
// at any moment, what happened on the wire, and what will go wrong, because that
// is asked for.
//
//	server := coinblockprosim.NewServer(simexchange.Config{Seed: 1, Rate: 5})
//	defer server.Close()
//	source := coinblockpro.New(&coinblockpro.Options{Options: server.Options()})
//	...
//	server.Drop()                        // the network fails
//	server.CacheREST(5*time.Second, false) // a cache in the way, that does not say so
//	truth, _ := server.Truth("ETC-DOT")  // what a client should know by now
//
// # The truth
//
// Every market has the three groups of a ticker, and each group a version, which
// rises by one with each change, and a history that can be read at any time:
// Truth, VersionAt, History. Find tells which version a value is that a client
// holds. Changes come by themselves, as Config.Rate says, or by hand: Tick, Set,
// Trade, Quote. All of it follows from Config.Seed and the order of the calls.
//
// # The protocol
//
// How an exchange speaks is in its Dialect: what it answers, how it is subscribed
// to, how a frame looks, how it refuses. How its groups are told (each change,
// throttled, with trades) is among its Traits. Dialects come with the adapters, in
// packages like coinblockprosim. Truth, timing and faults are the same for all.
//
// # The faults
//
//	the connection    Drop, Hangup, Mute, Refuse, FailConnect
//	its frames        Delay, Lose, LoseUpdate, Repeat, Junk, Inject; Shuffle and Echo
//	REST              Fail, Hold, CacheREST, ShortList
//	the markets       List, Delist, Halt, Resume, RestartKeys
//
// Each can be asked for at any time and from any goroutine.
package simexchange

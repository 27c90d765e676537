// Package bitstampsim serves Bitstamp, simulated: the dialect that
// exchange/simexchange speaks for package bitstamp.
//
//	server := bitstampsim.NewServer(simexchange.Config{Seed: 1, Rate: 5})
//	defer server.Close()
//	o := server.Options()
//	source := bitstamp.New(&o)
//
// It is as strict as the real one, as far as that is known. It ends a connection
// with code 1009 for a frame of more than 512 bytes, and without a word for a
// 1,025th channel or at an age of 90 days. It takes one channel a frame,
// acknowledges them in order, those of symbols that do not exist too, and answers
// others with an error that does not name them. It begins a channel with no
// snapshot, and sends no heartbeat but in answer to one. REST answers for all
// markets where it does not know the one asked for, and tells its limit of 10,000
// requests in ten minutes by status 400.
package bitstampsim

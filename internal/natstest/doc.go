// Package natstest tests exchange/natskv on real NATS servers, run inside the test.
//
// It is a module of its own, so that nobody who uses the library gets the server
// with it. A [Server] keeps its JetStream in a directory of the test and listens
// on a free port, which it keeps over a restart; a [Cluster] is several that know
// each other; a [Proxy] between them and a client does what networks do.
package natstest

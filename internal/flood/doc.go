// Package flood is a websocket server on the loopback that writes prepared
// messages as fast as they are read, so that who reads them is what is measured.
//
// It knows no exchange: a test gives it the messages as a Tape, what to answer to
// frames such as subscriptions, and a handler for the REST side. Frames are made
// once and written many at a time to the socket itself; of each only the id and the
// time are written anew, so that every message is news.
package flood

// Package foreign is a server that speaks as the notebook's does but shares
// nothing with the simulated exchange: net/http, a websocket, and what goes wrong
// with them. Tests run the examples against it, as against a server of one's own.
package foreign

// Package replay reads recorded traffic of an exchange, so that an adapter can be
// run on it: frames in a file of JSON lines, REST answers in files beside it.
//
// A line is a record, {"t":"connect|send|recv","conn":…,"ts":unix seconds,"data":…},
// or a received frame as it is. A REST answer is in a file named after its path:
// rest_api_v3_exchangeInfo.json answers GET /api/v3/exchangeInfo.
//
// What an exchange.FlightRecorder writes has the same form, with further kinds of
// records: the answers are in it, too, and when links began and ended. Records
// reads all of them, Frames passes over those that it has no use for.
package replay

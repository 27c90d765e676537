// Package replay reads recorded traffic of an exchange, so that an adapter can be
// run on it: frames in a file of JSON lines, REST answers in files beside it.
//
// A line is a record, {"t":"connect|send|recv","conn":…,"ts":unix seconds,"data":…},
// or a received frame as it is. A REST answer is in a file named after its path:
// rest_api_v3_exchangeInfo.json answers GET /api/v3/exchangeInfo.
package replay

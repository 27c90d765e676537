// Package exchangetest proves that an adapter and the engines keep a Book true.
//
// Simulate runs an adapter against a simulated exchange of package simexchange
// that speaks its wire format and knows the truth, in virtual time, with random
// delays and faults from a seed. It looks at what a Book promises (see
// Invariants) at every change and at random moments, and names the seeds in which
// something did not hold, so that they can be played again. With a Relay it looks at
// the Book at the far end of something that brings tickers elsewhere.
//
// Replay plays what an exchange.FlightRecorder kept when something went wrong, so
// that a report becomes a test:
//
//	func TestReport(t *testing.T) {
//		got := exchangetest.Replay(t, "testdata/report.jsonl", func(o exchange.Options) exchange.Source { return kraken.New(&o) })
//		assert.Empty(t, got.Failures) // once it is mended; until then got.Same() is true
//	}
package exchangetest

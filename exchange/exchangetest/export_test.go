package exchangetest

// ReplayOf is Replay of a reader, with its error.
var ReplayOf = replayed

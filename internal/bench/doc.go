// Package bench measures tickersync against its goals of speed, and against
// others. It is a module of its own, so that what it compares with stays out of the
// library's.
//
// Every goal is a Row. Machines are noisy, and a figure of one says little on
// another; so most rows are a Pair, ours and bare, of which only the ratio counts:
// both handle the same bytes in the same process, in turns, for at least eight
// rounds, and the row's value is the median of the rounds' ratios. Command goals
// prints the table of all rows; the sides of each pair are benchmarks, too:
//
//	go run ./cmd/goals
//	go test -run '^$' -bench 'Pairs/decode' -count 10 | tee old.txt
//
// To add a row, write a function that returns it and name it in Rows.
package bench

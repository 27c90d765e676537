// Package longrun tries the library for weeks of virtual time and for minutes under
// load, and its audit on an exchange that loses updates. It has tests only:
//
//	go test ./internal/longrun -v                                     # a day of each adapter, ten seconds of load
//	go test ./internal/longrun -run Days -days 60 -v -timeout 2h      # sixty days of each adapter
//	go test ./internal/longrun -run Load -for 10m -v -timeout 20m     # ten minutes at 5,000 messages a second
//	go test -race ./internal/longrun -run Load -for 10m -rate 500 -v -timeout 20m
//	go test ./internal/longrun -run Audit -all -v                     # one update in 1,000 is lost
//
// Each prints what it saw. -seed chooses another history.
package longrun

// Package stalls measures how much of the time this machine gives a test none. What a
// test of real time then finds late is no fault of what it tests: its limits are
// to be that much longer.
package stalls

// Package livetest tries adapters on the real exchanges, for people with a
// network, before a release:
//
//	go test ./exchange/... -live -v -run Live
//
// Each adapter's TestLive then follows its exchange for 30 seconds, or until the
// Book is synced where that takes longer, and says how much of the exchange is
// known, from where, and how late its messages come. Without the flag it is
// skipped. Every test of a package below exchange imports this one, so that all
// know the flag.
package livetest

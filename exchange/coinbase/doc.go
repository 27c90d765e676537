// Package coinbase connects to Coinbase Exchange.
package coinbase

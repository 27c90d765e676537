// Package natskv keeps a Book on many machines: one program publishes it into a
// NATS JetStream key-value bucket, and any number read it from there as from an
// exchange.
package natskv

// Package outside holds a test that uses the library as a stranger does: in a
// module of its own, with the programs of the README and an adapter of its own.
package outside

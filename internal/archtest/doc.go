// Package archtest holds the arrows of the house: which package of this module
// may rest on which. It is a test and nothing else; see rules_test.go for the
// arrows. A package that is new is held to them by where it stands.
package archtest

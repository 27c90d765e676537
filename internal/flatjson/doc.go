// Package flatjson reads JSON messages without reflection and, errors aside,
// without allocating. It is for the messages of a stream, which adapters read
// by the thousand a second; for answers that come now and then encoding/json
// will do.
//
// It accepts what encoding/json accepts, to the same depth of nesting, but for
// one thing: bytes that are not UTF-8, which that replaces, it refuses. Keys are
// compared exactly; encoding/json takes "c" for "C".
//
// Two things can be wrong with a message, and they are told apart. Where it is
// no JSON (cut short, followed by garbage) nothing in it can be trusted: End
// returns the *SyntaxError, and after it every method does nothing, so that a
// reader checks once. Where it is JSON but a value is not what was asked for,
// only that value is lost: the method returns false, reading goes on, and
// Mismatch returns the first *ValueError since it was last called, so that a bad
// row does not spoil its batch. A null, and an empty string where a number or a
// time is asked for, mean "not told": the result is zero, and nothing is wrong.
package flatjson

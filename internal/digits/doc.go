// Package digits reads decimal digits eight at a time, out of a word of memory, with
// neither a loop nor a branch a digit. It is what the readers of numbers of packages
// flatjson and exchange share; what a number is, they say.
//
// A word is eight bytes of a text, the first lowest. Its digits, once found, are kept
// the other way round than one would think: the last of them highest, so that what is
// missing for eight are zeros before the number rather than behind it.
package digits

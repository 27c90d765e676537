// Package stage is what the examples share beside the library: a screen that
// redraws its foot on a terminal and prints plain lines elsewhere, and the flags
// and lines of the notebook's two runs.
package stage

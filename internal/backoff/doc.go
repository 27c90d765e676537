// Package backoff says how long to wait before connecting again.
//
// The waits have full jitter: each is random between nothing and a bound that
// doubles, so that many clients of an exchange that restarts do not come back
// together. A connection that was made proves little, and does not set the bound
// back: only one that was healthy for a minute does.
package backoff

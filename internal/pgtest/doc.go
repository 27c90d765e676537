// Package pgtest gives tests a real Postgres.
//
// A Shared is for one test process: its first Database starts a private server
// from the installed binaries, and each test gets a database of its own. Where
// TICKERSYNC_TEST_POSTGRES holds the URL of a server, databases are made there
// instead. Where there is neither, the test is skipped and says so; with
// TICKERSYNC_TEST_NOSKIP set it fails.
//
//	var postgres pgtest.Shared
//
//	func TestMain(m *testing.M) {
//		goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { postgres.Close(); os.Exit(code) }))
//	}
//
//	func TestX(t *testing.T) { pool, err := pgxpool.New(t.Context(), postgres.Database(t)) ... }
//
// A Server is a private one that a test may stop, crash and start again. It
// listens on a socket in a directory of its own, and not on the network. When the
// process that started it ends, however it ends, the server and its directory go.
package pgtest

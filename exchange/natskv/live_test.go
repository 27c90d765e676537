package natskv_test

import _ "github.com/tickersync/tickersync/internal/livetest" // for the flag of go test ./exchange/... -live

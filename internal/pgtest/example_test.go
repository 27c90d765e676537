package pgtest_test

import (
	"fmt"

	"github.com/tickersync/tickersync/internal/pgtest"
)

func ExampleServer_URL() {
	var s pgtest.Server // pgtest.New starts one
	fmt.Println(s.URL("prices"))
	// Output: postgres://postgres@/prices?host=&sslmode=disable
}

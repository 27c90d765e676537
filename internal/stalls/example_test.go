package stalls_test

import (
	"fmt"
	"time"

	"github.com/tickersync/tickersync/internal/stalls"
)

func Example() {
	m := stalls.New(50 * time.Millisecond)
	defer m.Stop()
	began := time.Now()
	// ... what must be done within a second ...
	took := time.Since(began)
	fmt.Println(took < time.Second+m.Since(began))
	// Output: true
}

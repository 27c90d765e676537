package backoff_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tickersync/tickersync/internal/backoff"
)

func Example() {
	connect := func() error { return errors.New("refused") }
	b := backoff.Backoff{Rand: rand.New(rand.NewPCG(1, 2))}
	for range 3 {
		if connect() == nil {
			b.Up()
		}
		fmt.Println(b.Next() <= 30*time.Second)
	}
	// Output:
	// true
	// true
	// true
}

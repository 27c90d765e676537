package history_test

import (
	"errors"
	"fmt"

	"github.com/tickersync/tickersync/ticker/history"
)

// What Postgres computed exactly is told exactly, or not as a decimal at all.
func ExampleNumber() {
	net := history.Number("0.397750")
	d, err := net.Decimal()
	fmt.Println(net, d, err)

	_, err = history.Number("12345.6789012345678901234").Decimal()
	var digits *history.DigitsError
	fmt.Println(errors.As(err, &digits))
	// Output:
	// 0.397750 0.39775 <nil>
	// true
}

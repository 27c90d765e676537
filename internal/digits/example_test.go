package digits_test

import (
	"fmt"

	"github.com/tickersync/tickersync/internal/digits"
)

func Example() {
	text := []byte("0.03210000,")
	part, n := digits.Leading(digits.Word(text, 2))
	zeros := digits.Zeros(part)
	fmt.Println(n, "decimals,", zeros, "of them zeros at the end:", digits.Number(part, zeros), "over", digits.Ten(n-zeros))
	// Output: 8 decimals, 4 of them zeros at the end: 321 over 10000
}

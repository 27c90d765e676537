package stage_test

import (
	"os"

	"github.com/tickersync/tickersync/internal/stage"
)

func ExampleScreen() {
	screen := stage.NewScreen(os.Stdout, false)
	screen.Print("%d of %d", 45, 45)
	screen.Foot("only on a terminal")
	// Output:
	// 45 of 45
}

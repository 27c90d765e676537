package replay_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tickersync/tickersync/internal/replay"
)

func ExampleFrames() {
	dir, err := os.MkdirTemp("", "replay")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "traffic.jsonl")
	line := `{"t":"recv","conn":"x","ts":1618677817.1,"data":"{\"price\":\"1\"}"}`
	if err := os.WriteFile(path, []byte(line+"\n"), 0o600); err != nil {
		panic(err)
	}
	for f, err := range replay.Frames(path) {
		fmt.Println(f.Conn, string(f.Data), err)
	}
	// Output:
	// x {"price":"1"} <nil>
}

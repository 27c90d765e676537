package memnet_test

import (
	"fmt"
	"io"
	"net/http"

	"github.com/tickersync/tickersync/internal/memnet"
)

func Example() {
	l := memnet.Listen()
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "served from memory")
	})}
	go srv.Serve(l)
	defer srv.Close()

	client := l.Client()
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://exchange.example/")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(string(body))
	// Output: served from memory
}

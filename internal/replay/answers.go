package replay

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
)

// Client returns an HTTP client that answers from the recorded REST answers in a
// folder, and with 404 where there is none. It sends nothing anywhere.
func Client(folder string) *http.Client { return &http.Client{Transport: answers(folder)} }

type answers string

// RoundTrip answers from the file that is named after the request.
func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp := &http.Response{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Body: http.NoBody,
		Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}},
	}
	path, ok := a.find(r.URL.Path, r.URL.RawQuery)
	if !ok {
		resp.StatusCode, resp.Status = http.StatusNotFound, "404 Not Found"
		return resp, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	resp.StatusCode, resp.Status, resp.Body = http.StatusOK, "200 OK", f
	return resp, nil
}

// find looks for the answer to the whole request first, then to its path alone.
func (a answers) find(path, query string) (string, bool) {
	files, _ := filepath.Glob(filepath.Join(string(a), "rest_*.json"))
	for _, want := range []string{plain(path + "?" + query), plain(path)} {
		for _, f := range files {
			name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(f), "rest_"), ".json")
			if plain(name) == want {
				return f, true
			}
		}
	}
	return "", false
}

// plain leaves letters and digits, with one _ for whatever is between them.
func plain(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.ToLower(strings.Join(words, "_"))
}

package flatjson

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFirst: objects are read key by key, whatever is done with their values.
func TestFirst(t *testing.T) {
	const message = `{"a":{"x":1,"y":[{}]},"b":{"x":2},"c":{},"d":"e","f" : [1,{"x":2}], "gg":{"x":{"y":{"z":3}},"y":4},"h":5}`
	for _, leave := range []bool{false, true} {
		var s Scanner
		s.Reset([]byte(message))
		keys := ""
		for key, ok := s.First(); ok; key, ok = s.Next() {
			keys += string(key)
			if leave || s.Kind() != '{' {
				continue
			}
			for key, ok := s.First(); ok; key, ok = s.Next() {
				if keys += string(key); string(key) == "x" {
					s.Rest()
					break
				}
			}
		}
		require.NoError(t, s.End())
		require.NoError(t, s.Mismatch())
		assert.Equal(t, map[bool]string{true: "abcdfggh", false: "axbxcdfggxh"}[leave], keys)
	}
}

// TestFirstOfNone: what is no object has no first key, and is passed over.
func TestFirstOfNone(t *testing.T) {
	for message, wrong := range map[string]bool{`{}`: false, `{ }`: false, `null`: false, `[{"a":1}]`: true, `7`: true, `"a"`: true} {
		var s Scanner
		s.Reset([]byte(message))
		_, ok := s.First()
		assert.False(t, ok, message)
		assert.Equal(t, wrong, s.Mismatch() != nil, message)
		assert.NoError(t, s.End(), message)
	}
	for _, message := range []string{``, `{`, `{"a"`, `{"a":`, `{1:2}`, `{,}`} {
		var s Scanner
		s.Reset([]byte(message))
		for _, ok := s.First(); ok; {
			_, ok = s.Next()
		}
		assert.Error(t, s.End(), message)
	}
}

// TestKeysOfOneLetter are read at once; those that only look like them are not.
func TestKeysOfOneLetter(t *testing.T) {
	for _, keys := range []string{`,"b":1,"Z":2`, `,"1":1,"@":1,"[":1,"` + "`" + `":1,"{":1,"\\":1,"é":1`, `,"":"a","\"":"b"`, `, "b":1,"c" :1,"d": 1,"e":` + "\n1", `,"b":{"c":1,"d":[{"e":1,"f":2}]}`} {
		whole := `{"a":0` + keys + `}`
		for i := range len(whole) + 1 {
			compare(t, []byte(whole[:i]))
			for _, c := range "\x00\x1f \"\\,:}a\x7f\xff" {
				compare(t, []byte(whole[:i]+string([]byte{byte(c)})+whole[i:]))
				if i < len(whole) {
					compare(t, []byte(whole[:i]+string([]byte{byte(c)})+whole[i+1:]))
				}
			}
		}
	}
}

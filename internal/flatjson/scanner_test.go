package flatjson

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func accepted() []string {
	return []string{
		`{}`, `[]`, ` { } `, "\t[\r\n] ", `null`, `true`, `false`, `0`, `-0`, `1e5`, `1E-5`, `1.5e+07`, `-12.50`, `""`, `"a"`,
		`{"a":1,"a":2}`, `{"a":{"b":[1,{"c":null}]},"d":"e"}`, `[1,"2",true,null,[],{}]`, `{"":0}`, `{"c":1,"C":2}`,
		`"\"\\\/\b\f\n\r\t"`, `"\u0041\u00e9\u20ac"`, `"\ud83d\ude00"`, `"\uD83D\uDE00x"`, `"é€😀"`, `{"\u0062id":"1\u002e5"}`,
		`"\ud800"`, `"\udc00"`, `"\ud800\ud800\udc00"`, `"\ud800x"`, `"\ud800\n"`, "\"\u007f\u2028\"", "\"\ufffd\"", `"\u0000"`,
		`123456789012345678901234567890.5e-400`, " 1 ", `[ 1 , 2 ]`, `{ "a" : 1 , "b" : 2 }`,
		strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), strings.Repeat(`{"a":`, 9999) + "1" + strings.Repeat("}", 9999),
	}
}

func refused() []string {
	return []string{
		``, ` `, `{`, `}`, `[`, `]`, `{]`, `[}`, `{"a"}`, `{"a":}`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{"a":1 "b":2}`,
		`{a:1}`, `{'a':1}`, `{1:1}`, `{null:1}`, `{"a":1}}`, `{"a":1}{}`, `{} x`, "{}\x00", `[1,]`, `[,1]`, `[1 2]`, `[1`, `[1,`, `]1[`,
		`01`, `-`, `-01`, `+1`, `.5`, `5.`, `1.e5`, `1e`, `1e+`, `0x10`, `1_000`, `NaN`, `nan`, `Infinity`, `-Infinity`, `1a`, `--1`, `00`, `1.2.3`,
		`nul`, `nulll`, `True`, `tru`, `falsee`, `t`, `n`, `None`, `undefined`,
		`"`, `"a`, `"\`, `"\"`, `"\x41"`, `"\u12"`, `"\u12g4"`, `"\U0041"`, `"\ud83d\u12"`, `"a"b"`, `'a'`, "\"\n\"", "\"\x00\"", "\"\x1f\"", "\"a\tb\"",
		"\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xc0\xaf\"", "\"\xf5\x80\x80\x80\"", "\"\\n\xff\"", "\xef\xbb\xbf{}", "{\"\xff\":1}", "\xff", "\u00a0{}", "{}\v",
		`<html>`, `//`, `{/**/}`, strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001), strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 100_000),
	}
}

func TestAgainstEncodingJSON(t *testing.T) {
	for _, m := range append(refused(), accepted()...) {
		compare(t, []byte(m))
	}
}

// TestCut: no message that is cut short is taken for one.
func TestCut(t *testing.T) {
	for _, m := range []string{coinbaseTicker, `{"a":[1,"é\n\ud83d\ude00",true,null,{"b":-1.5e-7}],"c":false}`} {
		for i := range len(m) {
			compare(t, []byte(m[:i]))
			compare(t, []byte(m[:i]+"\x00"+m[i+1:]))
		}
	}
}

func TestSyntaxErrorStays(t *testing.T) {
	var s Scanner
	s.Reset([]byte(`{"a":1,"b":[1,2 3],"c":4}`))
	keys := ""
	for key := range s.Object {
		keys += string(key)
		for range s.Array {
			s.Number()
		}
	}
	assert.Equal(t, "ab", keys)
	assert.Zero(t, s.Kind())
	assert.Nil(t, s.Text())
	assert.Nil(t, s.Number())
	assert.Nil(t, s.Raw())
	assert.False(t, s.Bool())
	var se *SyntaxError
	require.ErrorAs(t, s.End(), &se)
	assert.Equal(t, SyntaxError{At: 16, Missing: "comma or closing bracket"}, *se)
	assert.EqualError(t, se, "flatjson: no comma or closing bracket at byte 16")
	s.Reset([]byte(`[]`))
	require.NoError(t, s.End())
	require.NoError(t, s.Mismatch())
}

// TestLoops: what a loop leaves alone, or leaves early, is passed over.
func TestLoops(t *testing.T) {
	var s Scanner
	s.Reset([]byte(`{"a":{"x":[1,2]},"b":[{"y":1},{"z":2}],"c":"\u0041","d":7}`))
	got := ""
	for key := range s.Object {
		switch string(key) {
		case "b":
			for i := range s.Array {
				if i == 1 {
					for range s.Object {
						break
					}
					break
				}
			}
		case "c":
			got = string(s.Text())
		case "d":
			got += string(s.Number())
		}
	}
	require.NoError(t, s.End())
	assert.Equal(t, "A7", got)
}

// TestReadTwice: a mistake of the program, which does not go unseen.
func TestReadTwice(t *testing.T) {
	var s Scanner
	s.Reset([]byte(`{"a":1,"b":2}`))
	for range s.Object {
		s.Number()
		s.Number()
	}
	require.Error(t, s.End())
}

// TestTextsStay: strings with escapes do not overwrite each other.
func TestTextsStay(t *testing.T) {
	var s Scanner
	s.Reset([]byte(`["\u0041b","c\u0064","ef","\n` + strings.Repeat("x", 1000) + `"]`))
	var all [][]byte
	for range s.Array {
		all = append(all, s.Text())
	}
	require.NoError(t, s.End())
	assert.Equal(t, "Ab", string(all[0]))
	assert.Equal(t, "cd", string(all[1]))
	assert.Equal(t, "ef", string(all[2]))
	assert.Len(t, all[3], 1001)
}

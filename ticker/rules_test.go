package ticker

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// directed is a schedule that needs one rule: it returns what broke, or "".
type directed struct {
	rule     rule
	name     string
	promise  string
	schedule func(w *world) (broken string)
}

func directedTests() []directed {
	return slices.Concat(orderRules, answerRules, honestyRules, warmRules, handOverRules, auditRules, relayRules)
}

// Every rule is needed: each schedule holds its promise with all rules, and
// breaks it with that one rule switched off.
func TestRule(t *testing.T) {
	for _, d := range directedTests() {
		t.Run(strings.ReplaceAll(d.name, " ", "_"), func(t *testing.T) {
			var with, without string
			inWorld(t, 0, func(w *world) { with = d.schedule(w) })
			inWorld(t, d.rule, func(w *world) { without = d.schedule(w) })
			require.Empty(t, with, "with the rule: %s", d.promise)
			require.NotEmpty(t, without, "the promise holds without the rule: %s", d.promise)
			t.Logf("rule %s: holds with, breaks without (%s; without it %s)", d.name, d.promise, without)
		})
	}
}

// A rule that is added to merge.go needs a schedule here.
func TestRulesAreAllDirected(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "merge.go", nil, 0)
	require.NoError(t, err)
	var want []string
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(s.Names[0].Name, "rule") {
			want = append(want, words(s.Names[0].Name[len("rule"):]))
		}
		return true
	})
	require.NotEmpty(t, want)
	have := map[string]bool{}
	var bits rule
	for _, d := range directedTests() {
		assert.False(t, have[d.name], "twice: %s", d.name)
		have[d.name] = true
		bits |= d.rule
	}
	for i, name := range want {
		assert.True(t, have[name], "no directed test of rule %s", name)
		assert.NotZero(t, bits&(1<<i), "no directed test switches rule %s off", name)
	}
	assert.Len(t, have, len(want))
}

// words turns CacheAge into "cache age".
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// expect is "" when got is want, and says what was got otherwise.
func expect(what, got, want string) string {
	if got == want {
		return ""
	}
	return what + " is " + got + ", not " + want
}

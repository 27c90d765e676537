package faults_test

import (
	"regexp"
	"strings"

	"github.com/tickersync/tickersync/ticker"
)

// mismatch is how the table calls what the audit found.
const mismatch = "Audit.Mismatches"

// worse says by what Status has changed for the worse; "": it has not.
func worse(was, is ticker.Status, says string) string {
	var what []string
	if is.LastError != nil && (was.LastError == nil || is.LastError.Error() != was.LastError.Error()) {
		what = append(what, is.LastError.Error())
	}
	if says == "Late" && is.Late > was.Late {
		what = append(what, "Late")
	}
	if is.Bad > was.Bad {
		what = append(what, "Bad")
	}
	if is.ShortList != nil {
		what = append(what, is.ShortList.Error())
	}
	if is.Audit.Mismatches > was.Audit.Mismatches {
		what = append(what, mismatch)
	}
	if len(is.Refused) > len(was.Refused) {
		what = append(what, "Refused")
	}
	if is.State == ticker.Down && was.State != ticker.Down {
		what = append(what, is.State.String())
	}
	for _, w := range what {
		if strings.Contains(w, says) {
			return brief(w)
		}
	}
	return ""
}

var telling = regexp.MustCompile(`rate limit hit[^:]*|status \d+|answered with HTML`)

// brief is what of an error says what happened: mostly its end.
func brief(s string) string {
	if said := telling.FindString(s); said != "" {
		return said
	}
	if i := strings.LastIndex(s, ": "); i >= 0 && len(s)-i > 10 {
		s = s[i+2:]
	}
	return strings.ToValidUTF8(s[:min(len(s), 48)], "")
}

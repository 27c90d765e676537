package history

import (
	"fmt"
	"strings"
)

// latestSQL brings a table of latest rows up to date for the series $1, which have
// rows since $2: the newest by ts is the newest by seq, because both rise. Reading
// it back by the index costs less than sending it a second time.
func latestSQL(g group) string {
	all := columns + g.values
	var sets []string
	for _, c := range strings.Split(all, ", ") {
		if c != "series_id" {
			sets = append(sets, c+" = excluded."+c)
		}
	}
	return fmt.Sprintf(`INSERT INTO tickersync.%[1]s_latest AS old (%[2]s)
		SELECT t.* FROM unnest($1::int[]) AS s (id) CROSS JOIN LATERAL (
			SELECT %[2]s FROM tickersync.%[1]s t WHERE t.series_id = s.id AND t.ts >= $2 ORDER BY t.ts DESC LIMIT 1) t
		ON CONFLICT (series_id) DO UPDATE SET %[3]s WHERE old.seq < excluded.seq`, g.table, all, strings.Join(sets, ", "))
}

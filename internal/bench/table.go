package bench

import (
	"context"
	"fmt"
	"io"
)

// Table measures rows, and writes them as a Markdown table, each when it is done. It
// returns how many are short of their goals.
func Table(ctx context.Context, w io.Writer, s Settings, rows []Row) (short int, err error) {
	fmt.Fprintln(w, "| row | what | goal | measured | half of all rounds | | ours against bare, or of what |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
	for _, row := range rows {
		r, err := row.Run(ctx, s)
		if err != nil {
			return short, fmt.Errorf("%s: %w", row.Name, err)
		}
		verdict := ""
		switch v := r.Median(); {
		case row.Goal == Goal{}:
		case row.Goal.Met(v):
			verdict = "pass"
		default:
			verdict = "short"
			short++
		}
		low, high := r.Quartiles()
		fmt.Fprintf(w, "| %s | %s | %s | %s%s | %s to %s | %s | %s |\n", row.Name, row.What, row.Goal,
			figure(r.Median()), unit(row.Goal.unit), figure(low), figure(high), verdict, r.Note)
	}
	return short, nil
}

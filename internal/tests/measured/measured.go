// Package measured keeps what tests measure in the documents.
package measured

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// File is the document that is to be written, empty where none is: `make bench-aws`
// and `make load` set it, and tests then measure more thoroughly.
func File() string { return os.Getenv("MEASURED") }

// Write puts a table between the marks of a part of the document, and logs it.
func Write(t testing.TB, part, table string) {
	t.Helper()
	t.Logf("%s:\n%s", part, table)
	if File() == "" {
		return
	}
	head := fmt.Sprintf("Measured %s on %s/%s, %d processors, %s.\n\n", time.Now().UTC().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	before, _, after := cut(t, File(), part)
	write(t, File(), before+head+table+after)
}

// Hold fails where a part of a document is not this table, which is of figures that
// are the same everywhere. Where documents are to be written, it writes it.
func Hold(t testing.TB, file, part, table string) {
	t.Helper()
	switch before, there, after := cut(t, file, part); {
	case there == table:
	case File() != "":
		write(t, file, before+table+after)
	default:
		t.Errorf("%s, %s, is\n%s\nand should be as make bench-aws writes it:\n%s", file, part, there, table)
	}
}

// cut takes a document apart at the marks of a part, which stay with what is before
// and after.
func cut(t testing.TB, file, part string) (before, there, after string) {
	t.Helper()
	begin, end := "<!-- "+part+": written by ", "<!-- "+part+": end -->\n"
	doc, err := os.ReadFile(file) //nolint:gosec // our own document
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(doc), begin)
	by, rest, _ := strings.Cut(rest, "\n")
	there, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no marks of %q", file, part)
	}
	return before + begin + by + "\n", there, end + after
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Percentile is the p-th of all, which need not be sorted.
func Percentile(all []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[(len(sorted)-1)*p/100]
}

// Milliseconds is a time with a digit behind the point.
func Milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }

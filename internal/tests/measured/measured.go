// Package measured keeps what tests measure in docs/performance.md.
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
// sets it, and tests then measure more thoroughly.
func File() string { return os.Getenv("MEASURED") }

// Write puts a table between the marks of a part of the document, and logs it.
func Write(t testing.TB, part, table string) {
	t.Helper()
	t.Logf("%s:\n%s", part, table)
	if File() == "" {
		return
	}
	begin, end := "<!-- "+part+": written by make bench-aws -->\n", "<!-- "+part+": end -->\n"
	doc, err := os.ReadFile(File())
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(doc), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no marks of %q", File(), part)
	}
	head := fmt.Sprintf("Measured %s on %s/%s, %d processors, %s.\n\n", time.Now().UTC().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	if err := os.WriteFile(File(), []byte(before+begin+head+table+end+after), 0o600); err != nil { //nolint:gosec // our own document
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

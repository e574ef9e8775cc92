package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// markdown is the report.
func (b *bench) markdown() string {
	var s strings.Builder
	fmt.Fprintf(&s, "Measured %s on %s, %d processors, %s. %d rounds; %d finished tasks in the table; %d connections for %v.\n",
		time.Now().UTC().Format(time.DateOnly), runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), runtime.Version(),
		b.rounds, b.history, b.conns, b.length)
	if len(b.elsewhere) > 0 {
		fmt.Fprintf(&s, "Other processes took %.0f %% of the machine meanwhile (median of the rounds; at most %.0f %%).\n\n",
			100*median(b.elsewhere), 100*slices.Max(b.elsewhere))
	}
	if len(b.subjects) < 2 {
		s.WriteString("The reference stack is not here: the service alone was measured.\n\n")
	}
	b.writeRows(&s)
	if b.queued.Accepted > 0 {
		fmt.Fprintf(&s, "\n%d tasks at once, then %d queued by %d clients, the provider taking %v for each: all %d completed, none failed or lost,\nat most %d at the provider at once; it was asked %d times whether a picture is done.\n",
			b.burst, b.queue, b.conns, b.drawTime, b.queued.Accepted, b.queued.MaxInFlight, b.queued.Polls)
	}
	b.writeStages(&s)
	return s.String()
}

func (b *bench) writeRows(s *strings.Builder) {
	if len(b.table) == 0 {
		return
	}
	if len(b.subjects) < 2 {
		s.WriteString("| | median | from – to |\n| --- | ---: | ---: |\n")
	} else {
		s.WriteString("| | ours | from – to | reference | from – to | ratio | target | |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n")
	}
	for _, r := range b.table {
		fmt.Fprintf(s, "| %s |", r.what)
		for _, figures := range r.figures {
			fmt.Fprintf(s, " %s %s | %s – %s |", show(median(figures)), r.unit, show(slices.Min(figures)), show(slices.Max(figures)))
		}
		if len(r.figures) > 1 {
			fmt.Fprintf(s, " %s |", r.verdict())
		}
		s.WriteString("\n")
	}
}

// verdict is the ratio of the medians, what it is to be, and whether it is.
func (r *row) verdict() string {
	ratio := median(r.figures[0]) / median(r.figures[1])
	switch {
	case r.target == 0:
		return fmt.Sprintf("%.2f | |", ratio)
	case r.less:
		return fmt.Sprintf("%.2f | ≤ %.2f | %s", ratio, r.target, reached(ratio <= r.target))
	default:
		return fmt.Sprintf("%.2f | ≥ %.0f | %s", ratio, r.target, reached(ratio >= r.target))
	}
}

func reached(yes bool) string {
	if yes {
		return "reached"
	}
	return "**missed**"
}

// show is a figure with three digits that count.
func show(x float64) string {
	digits := 2 - int(math.Floor(math.Log10(max(x, 0.01))))
	return fmt.Sprintf("%.*f", min(max(digits, 0), 2), x)
}

func (b *bench) writeStages(s *strings.Builder) {
	if len(b.stages) == 0 {
		return
	}
	s.WriteString("\nWhere the time of one whole task goes, one at a time and without HTTP in front:\n\n| part | ms | calls |\n| --- | ---: | ---: |\n")
	sum := 0.0
	for _, st := range b.stages {
		calls := ""
		if st.calls > 0 {
			calls = show(st.calls)
			sum += st.ms
		}
		fmt.Fprintf(s, "| %s | %s | %s |\n", st.name, show(st.ms), calls)
	}
	fmt.Fprintf(s, "| **all** | %s | |\n", show(sum))
}

// writers are what writes each marked part of the report.
var writers = map[string]string{"bench": "make bench", "search": "make bench-search"}

func marks(mark string) (begin, end string) {
	return fmt.Sprintf("<!-- %s: written by %s -->\n", mark, writers[mark]), fmt.Sprintf("<!-- %s: end -->\n", mark)
}

// replaceMarked puts text between the marks of a file.
func replaceMarked(path, mark, text string) error {
	beginMark, endMark := marks(mark)
	data, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	before, rest, ok := strings.Cut(string(data), beginMark)
	_, after, ok2 := strings.Cut(rest, endMark)
	if !ok || !ok2 {
		return fmt.Errorf("report: %s has no marks %q and %q", path, beginMark, endMark)
	}
	return os.WriteFile(path, []byte(before+beginMark+text+endMark+after), 0o644) //nolint:gosec // a document
}

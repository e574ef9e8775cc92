package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
)

// index is what is measured of the index itself.
type index struct {
	rows, bytes     float64 // of a task
	submits, beside float64 // a second without it, and while it is made
	followed        float64 // share of the latter that were in it when the round ended
}

// Targets of searches: see docs/performance.md.
const (
	searchRatio  = 10.
	searchP95    = 30.
	largerP95    = 100.
	besideTarget = 0.7
)

// searchMarkdown is the report of searches.
func (b *bench) searchMarkdown() string {
	var s strings.Builder
	fmt.Fprintf(&s, "Measured %s on %s, %d processors, %s. %d rounds of %v with %d clients. Other processes took %.0f %% of the machine\nmeanwhile (median of the rounds; at most %.0f %%).\n\n",
		time.Now().UTC().Format(time.DateOnly), runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), runtime.Version(), b.rounds, b.length, searchers,
		100*median(b.elsewhere), 100*slices.Max(b.elsewhere))
	fmt.Fprintf(&s, "| 20 of %d tasks | /s | p95, ms | processor, µs | reference, /s | p95, ms | processor, µs | ratio | | of %d: p95, ms | processor, µs |\n", b.history, larger*b.history)
	s.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: |\n")
	for _, l := range b.lookups {
		ours, other, large := l.figures[0], l.figures[1], l.figures[2]
		fmt.Fprintf(&s, "| %s | %s | %s | %s |", l.what, show(median(ours.rate)), show(median(ours.p95)), show(median(ours.cost)))
		if len(other.rate) == 0 {
			s.WriteString(" | | | | |")
		} else {
			ratio := median(ours.rate) / median(other.rate)
			verdict := ""
			if l.text != "" {
				verdict = reached(ratio >= searchRatio)
			}
			fmt.Fprintf(&s, " %s | %s | %s | %.1f | %s |", show(median(other.rate)), show(median(other.p95)), show(median(other.cost)), ratio, verdict)
		}
		fmt.Fprintf(&s, " %s | %s |\n", show(median(large.p95)), show(median(large.cost)))
	}
	slow, slowest := b.slowest(0), b.slowest(2)
	fmt.Fprintf(&s, "\nTargets: ten times the reference's requests a second for each search; the slowest search's p95 %.0f ms of %.0f (%s), of %d tasks %.0f ms of %.0f (%s).\n",
		slow, searchP95, reached(slow <= searchP95), larger*b.history, slowest, largerP95, reached(slowest <= largerP95))
	left := b.index.beside / b.index.submits
	fmt.Fprintf(&s, "The index takes %.0f rows and %.2f KB of a task. Of %s submits a second, with %d clients, %.0f %% are left beside its making (target %.0f %%: %s);\n"+
		"%.0f %% of those were in it when their round ended, the others follow once fewer come.\n",
		b.index.rows, b.index.bytes/1024, show(b.index.submits), b.conns, 100*left, 100*besideTarget, reached(left >= besideTarget), 100*b.index.followed)
	return s.String()
}

// slowest is the largest of the medians of p95 in a column.
func (b *bench) slowest(column int) (ms float64) {
	for _, l := range b.lookups {
		ms = max(ms, median(l.figures[column].p95))
	}
	return ms
}

package faults

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// results are the rows of the table by their fault, written when all tests ended.
var results = struct {
	sync.Mutex
	rows map[string]tally
}{rows: map[string]tally{}}

func publish(fault string, sum tally) {
	results.Lock()
	defer results.Unlock()
	row := results.rows[fault]
	row.add(sum)
	results.rows[fault] = row
}

// seed is of this run's dice; FAULTS_SEED sets it.
var seed = sync.OnceValue(func() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("FAULTS_SEED"), 10, 64); err == nil {
		return n
	}
	return 1
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path := os.Getenv("FAULTS_TABLE"); path != "" && code == 0 {
		if err := renew(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

const (
	tableBegin = "<!-- faults: written by make faults -->"
	tableEnd   = "<!-- faults: end -->"
)

// renew puts the table between its marks in the document.
func renew(path string) error {
	doc, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok1 := strings.Cut(string(doc), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s: the marks of the table are gone", path)
	}
	return os.WriteFile(path, []byte(before+tableBegin+"\n\n"+tableOf()+"\n"+tableEnd+after), 0o644)
}

func tableOf() string {
	var b strings.Builder
	b.WriteString("| fault | acknowledged | final | lost | finished twice | submits beyond one | of them cut off | orphans left | worst delay |\n")
	b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, fault := range slices.Sorted(maps.Keys(results.rows)) {
		r := results.rows[fault]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %d | %v |\n", fault,
			r.Acknowledged, r.Final, r.Lost, r.Twice, r.Beyond, min(r.Beyond, r.Excused), r.Orphans, r.Worst.Round(time.Second))
	}
	return b.String()
}

package faults

import (
	"errors"
	"flag"
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

// document is where the table stands, seen from this folder.
const document = "../../../docs/reliability.md"

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if err := settle(os.Getenv("FAULTS_TABLE")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// settle renews the table in the document of that name; where none is named it
// holds this run against the table that is published.
func settle(renewed string) error {
	if renewed != "" {
		return renew(renewed)
	}
	published, err := readTable(document)
	if err != nil {
		return err
	}
	var errs []error
	for fault, r := range results.rows {
		was, ok := published[fault]
		if !ok {
			errs = append(errs, fmt.Errorf("%s has no row %q: make faults writes it", document, fault))
			continue
		}
		if why := worse(was, r); why != "" {
			errs = append(errs, fmt.Errorf("%q is worse than is published: %s", fault, why))
		}
	}
	return errors.Join(errs...)
}

// worse tells by what a run is worse than what is published. Lost tasks, orphans and
// calls that nothing excuses fail their test by themselves, and are asked for here
// lest somebody publish them. The rest depends on chance: a run may be half as slow
// again, and have twice as many calls beyond one in a hundred, and a few.
func worse(was, is tally) string {
	switch {
	case is.Lost+is.Twice+is.Orphans+was.Lost+was.Twice+was.Orphans > 0:
		return fmt.Sprintf("%d lost, %d finished twice, %d orphans", is.Lost+was.Lost, is.Twice+was.Twice, is.Orphans+was.Orphans)
	case is.Final < is.Acknowledged || was.Final < was.Acknowledged:
		return fmt.Sprintf("%d of %d are final", is.Final, is.Acknowledged)
	case was.Beyond > was.Excused || is.Beyond > is.Excused:
		return fmt.Sprintf("%d submits beyond one, %d of them cut off", is.Beyond, is.Excused)
	case is.Beyond*was.Acknowledged > 2*was.Beyond*is.Acknowledged+10*was.Acknowledged:
		return fmt.Sprintf("%d submits beyond one of %d, published are %d of %d", is.Beyond, is.Acknowledged, was.Beyond, was.Acknowledged)
	case is.Worst > was.Worst*3/2+10*time.Second:
		return fmt.Sprintf("the worst delay is %v, published is %v", is.Worst, was.Worst)
	}
	return ""
}

// readTable reads what is published.
func readTable(path string) (map[string]tally, error) {
	doc, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(doc), tableBegin)
	table, _, ok := strings.Cut(rest, tableEnd)
	if !ok {
		return nil, fmt.Errorf("%s: the marks of the table are gone", path)
	}
	rows := map[string]tally{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 9 || strings.Contains(line, "---") || strings.Contains(line, "| acknowledged |") {
			continue
		}
		var n [7]int
		for i := range n {
			if n[i], err = strconv.Atoi(strings.TrimSpace(cells[i+1])); err != nil {
				return nil, fmt.Errorf("%s: %q: %w", path, line, err)
			}
		}
		worst, err := time.ParseDuration(strings.TrimSpace(cells[8]))
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", path, line, err)
		}
		rows[strings.TrimSpace(cells[0])] = tally{
			Acknowledged: n[0], Final: n[1], Lost: n[2], Twice: n[3], Beyond: n[4], Excused: n[5], Orphans: n[6], Worst: worst,
		}
	}
	return rows, nil
}

func TestARunThatIsWorseThanThePublishedTableIsSeen(t *testing.T) {
	published, err := readTable(document)
	if err != nil || len(published) < 10 {
		t.Fatalf("%d rows, %v", len(published), err)
	}
	was := tally{Acknowledged: 1000, Final: 1000, Beyond: 50, Excused: 50, Worst: time.Minute}
	for name, change := range map[string]func(*tally){
		"a task is lost":             func(r *tally) { r.Final--; r.Lost++ },
		"one is finished twice":      func(r *tally) { r.Twice++ },
		"an object is left":          func(r *tally) { r.Orphans++ },
		"one is not final":           func(r *tally) { r.Final-- },
		"a call without excuse":      func(r *tally) { r.Beyond++ },
		"calls three times as often": func(r *tally) { r.Beyond, r.Excused = 150, 150 },
		"a much longer delay":        func(r *tally) { r.Worst = 2 * time.Minute },
	} {
		is := was
		change(&is)
		if worse(was, is) == "" {
			t.Errorf("%s: not seen", name)
		}
	}
	if why := worse(was, tally{Acknowledged: 20, Final: 20, Beyond: 3, Excused: 3, Worst: 80 * time.Second}); why != "" {
		t.Errorf("a small run is worse by chance: %s", why)
	}
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
	if flag.Lookup("test.run").Value.String() != "" { // the rows of the others stay
		published, err := readTable(path)
		if err != nil {
			return err
		}
		maps.Copy(published, results.rows)
		results.rows = published
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

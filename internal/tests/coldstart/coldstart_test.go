package coldstart

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// answers are what an answer to the first event has in it.
var answers = map[string]string{"api": `"statusCode":200`, "generate": `{"batchItemFailures":[]}`, "janitor": "null"}

func TestTheFirstAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("builds each function")
	}
	for function := range functions {
		t.Run(function+" answers its first event at once, and is small", func(t *testing.T) {
			best := time.Hour
			// The machine may be busy: the best of them is what the program takes.
			for try := 0; try < 5 || best > 40*time.Millisecond && try < 30; try++ {
				took, body := start(t, function)
				if !strings.Contains(body, answers[function]) {
					t.Fatalf("answered %s, want %s in it", body, answers[function])
				}
				best = min(best, took)
			}
			if best > 40*time.Millisecond {
				t.Errorf("%v after its start, want 40 ms at most", best)
			}
			info, err := os.Stat(program(t, function))
			if err != nil {
				t.Fatal(err)
			}
			most := int64(14 << 20) // of what is deployed
			if goarch(t) == "amd64" {
				most += 1 << 20 // the same code is that much longer
			}
			if info.Size() > most {
				t.Errorf("%d bytes, want %d at most", info.Size(), most)
			}
			t.Logf("%s: %v, %.1f MiB", function, best, float64(info.Size())/(1<<20))
		})
	}
}

func BenchmarkColdStart(b *testing.B) {
	for function := range functions {
		b.Run(function, func(b *testing.B) {
			program(b, function)
			var all []time.Duration
			for b.Loop() {
				took, _ := start(b, function)
				all = append(all, took)
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	clean()
	os.Exit(code)
}

package main

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAQuickRunMeasuresTheServiceAlone(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-quick"}, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{
		"the service alone was measured", "start to the first 200", "memory when idle", "| get one |", "| page of 50 |", "| submit |",
		"| whole tasks |", "all 40 completed, none failed or lost", partVerify,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, out.String())
		}
	}
}

func TestAPartThatIsNotThereIsAnError(t *testing.T) {
	b := &bench{only: "nothing"}
	if err := b.measure(t.Context(), t.TempDir()); err == nil {
		t.Error("got none")
	}
}

func TestSkimReadsOneAnswerAndNoMore(t *testing.T) {
	in := bufio.NewReader(strings.NewReader("HTTP/1.1 202 Accepted\r\ncontent-length: 3\r\nX: y\r\n\r\nabcHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
	for _, want := range []int{202, 404} {
		if got, err := skim(in); err != nil || got != want {
			t.Fatalf("got %d, %v; want %d", got, err, want)
		}
	}
	for _, wrong := range []string{"", "hello\n", "HTTP/1.1 x\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"} {
		if got, err := skim(bufio.NewReader(strings.NewReader(wrong))); err == nil {
			t.Errorf("%q was read as an answer of %d", wrong, got)
		}
	}
}

func TestAVerdictComparesMediansWithTheTarget(t *testing.T) {
	ours, theirs := []float64{30, 10, 20}, []float64{2, 4, 100}
	for _, c := range []struct {
		target float64
		less   bool
		want   string
	}{
		{6, false, "5.00 | ≥ 6 | **missed**"},
		{5, false, "5.00 | ≥ 5 | reached"},
		{0.1, true, "5.00 | ≤ 0.10 | **missed**"},
		{5, true, "5.00 | ≤ 5.00 | reached"},
		{0, true, "5.00 | |"},
	} {
		r := row{target: c.target, less: c.less, figures: [][]float64{ours, theirs}}
		if got := r.verdict(); got != c.want {
			t.Errorf("verdict of target %v: got %q, want %q", c.target, got, c.want)
		}
	}
	if got := median([]float64{1, 2, 3, 10}); got != 2.5 {
		t.Errorf("median of an even number = %v, want 2.5", got)
	}
}

func TestFiguresAreShownWithThreeDigits(t *testing.T) {
	for x, want := range map[float64]string{0: "0.00", 0.034: "0.03", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 12345: "12345"} {
		if got := show(x); got != want {
			t.Errorf("show(%v) = %s, want %s", x, got, want)
		}
	}
}

func TestOnlyTheMarkedPartOfTheReportIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.md")
	write := func(s string) {
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	beginMark, endMark := marks("bench")
	write("before\n" + beginMark + "old\n" + endMark + "after\n")
	for _, text := range []string{"new\n", "newer\n"} {
		if err := replaceMarked(path, "bench", text); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if want := "before\n" + beginMark + text + endMark + "after\n"; err != nil || string(got) != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
	write("no marks\n")
	if err := replaceMarked(path, "bench", "x"); err == nil {
		t.Error("a report without marks was written over")
	}
}

func TestBenchmarkedReadsGoBench(t *testing.T) {
	out := "goos: linux\nBenchmarkVerify/1024/jpeg/decode-2   50   8000000 ns/op   12 B/op\nBenchmarkVerify/1024/jpeg/decode_small-2   50   3000000 ns/op\n"
	for name, want := range map[string]float64{"/jpeg/decode": 8e6, "/jpeg/decode_small": 3e6} {
		if got, err := benchmarked(out, name); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, want)
		}
	}
	if _, err := benchmarked(out, "/jpeg/encode"); err == nil {
		t.Error("a benchmark that did not run was found")
	}
}

func TestWithoutAReferenceFolderThereIsNoReference(t *testing.T) {
	if _, err := findReference(t.Context(), t.TempDir(), t.TempDir(), &bytes.Buffer{}); err == nil {
		t.Error("a reference was found in an empty folder")
	}
}

func TestAProgramThatIsStoppedHasEnded(t *testing.T) {
	p, err := launch(t.Context(), t.TempDir(), nil, "sleep", "60")
	if err != nil {
		t.Fatal(err)
	}
	if now, peak, err := memory(p.cmd.Process.Pid); err != nil || now <= 0 || peak < now {
		t.Errorf("memory %v, at most %v, %v", now, peak, err)
	}
	if _, err := worked(p.cmd.Process.Pid, os.Getpid()); err != nil {
		t.Errorf("worked: %v", err)
	}
	begin := time.Now()
	_ = p.stop() // sleep ends by the signal, which is its error
	if alive(p.cmd.Process.Pid) || time.Since(begin) > stopTime {
		t.Errorf("it lives after %v", time.Since(begin))
	}
}

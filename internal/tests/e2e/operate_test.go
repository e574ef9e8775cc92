package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// command runs one of the operator's commands to its end.
func command(t *testing.T, data string, args ...string) (out string, code int) {
	t.Helper()
	p := launch(t, "local", []string{"DATA_DIR=" + data}, args...)
	_ = p.Wait() // the exit code says it
	return strings.TrimSpace(p.out.String()), p.ProcessState.ExitCode()
}

func TestABackupMadeWhileServingBringsEverythingBack(t *testing.T) {
	t.Parallel()
	_, stub := emulator(t, "-delay", "0s", "-prerendered")
	data, kept := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	p := service(t, data, stub...)
	made := draw(t, p, "备份里的一张画")
	_, want := download(t, p.URL+made.Images[0].URL)

	if out, code := command(t, data, "backup", kept); code != 0 || !strings.Contains(out, kept) {
		t.Fatalf("backup while serving: exit code %d, %q; want 0 and the folder named", code, out)
	}
	if out, code := command(t, data, "backup", kept); code != 1 || !strings.Contains(out, kept) {
		t.Errorf("a second backup into the same folder: exit code %d, %q; want 1 and the folder named", code, out)
	}
	if got := call(t, "DELETE", p.URL+"/api/v1/task/"+made.ID, nil, nil).StatusCode; got != http.StatusNoContent {
		t.Fatalf("delete: %d, want 204", got)
	}
	later := draw(t, p, "made after the backup")
	if out, code := command(t, data, "restore", kept); code != 1 || !strings.Contains(out, fmt.Sprint(p.Process.Pid)) {
		t.Errorf("restore while serving: exit code %d, %q; want 1 and the process named", code, out)
	}
	p.stop(t)
	if out, code := command(t, data, "restore", kept); code != 0 {
		t.Fatalf("restore: exit code %d, %q; want 0", code, out)
	}

	p = service(t, data, stub...)
	back := get(t, p, made.ID)
	if _, got := download(t, p.URL+back.Images[0].URL); !bytes.Equal(got, want) {
		t.Errorf("after restore the picture has %d bytes, want the same %d as before", len(got), len(want))
	}
	if _, thumb := download(t, p.URL+back.Images[0].ThumbnailURL); !hasPrefix(thumb, "\xff\xd8") {
		t.Errorf("after restore the thumbnail begins with %q, want a JPEG", thumb[:min(4, len(thumb))])
	}
	if got := status(t, p, later.ID); got != http.StatusNotFound {
		t.Errorf("what was made after the backup answers %d, want 404", got)
	}
	if again := draw(t, p, "made after the restore"); again.Status != "COMPLETED" {
		t.Errorf("a task after the restore ended %s, want COMPLETED", again.Status)
	}
}

func TestPauseBeginsNoCallUntilResume(t *testing.T) {
	t.Parallel()
	emu, stub := emulator(t, "-delay", "0s", "-prerendered")
	data := t.TempDir()
	p := service(t, data, stub...)
	if out, code := command(t, data, "pause"); code != 0 {
		t.Fatalf("pause: exit code %d, %q; want 0", code, out)
	}
	made := submit(t, p, small("waits for the operator"))
	time.Sleep(1500 * time.Millisecond) // long enough for a call to be begun, were it not paused
	if got := get(t, p, made.ID).Status; got != "PENDING" {
		t.Errorf("while paused the task is %s, want PENDING", got)
	}
	if n := number(t, stats(t, emu, ""), "submits"); n != 0 {
		t.Errorf("while paused the provider got %d submits, want none", n)
	}
	if out, code := command(t, data, "resume"); code != 0 {
		t.Fatalf("resume: exit code %d, %q; want 0", code, out)
	}
	if got := finish(t, p, made.ID, 30*time.Second); got.Status != "COMPLETED" {
		t.Errorf("after resume the task ended %s, want COMPLETED", got.Status)
	}
}

func TestAPauseIsToldOnThePageAndSoIsItsEnd(t *testing.T) {
	t.Parallel()
	needsBrowser(t)
	_, stub := emulator(t, "-delay", "0s", "-prerendered")
	data := t.TempDir()
	p := service(t, data, stub...)
	b := open(t, p.URL, look{lang: "en-US"})
	b.ready()
	if out, code := command(t, data, "pause"); code != 0 {
		t.Fatalf("pause: exit code %d, %q; want 0", code, out)
	}
	b.ask("waits while the operator looks")
	b.until("the pause is told at the task", fmt.Sprintf("document.querySelector('%s')?.innerText.includes('Paused by the operator; nothing is lost')", id("progress")))
	b.says(id("running"), "paused by the operator")
	if out, code := command(t, data, "resume"); code != 0 {
		t.Fatalf("resume: exit code %d, %q; want 0", code, out)
	}
	b.putAway()
	b.until("what waited is in the library", count(id("picture"))+" === 1")
}

func TestAStopInTheMiddleOfWorkLosesNothingAndPaysOnce(t *testing.T) {
	t.Parallel()
	emu, stub := emulator(t, "-delay", "1500ms", "-prerendered", "-qps", "-1", "-query-qps", "-1", "-concurrency", "-1")
	data := t.TempDir()
	settings := slices.Concat(stub, []string{"TASK_POLL_INTERVAL=0.2"})
	p := service(t, data, settings...)
	var ids []string
	for i := range 8 {
		ids = append(ids, submit(t, p, small(fmt.Sprintf("stopped in the middle %d", i))).ID)
	}
	waitFor(t, 20*time.Second, "the first calls at the provider", func() bool { return number(t, stats(t, emu, ""), "accepted") > 0 })
	begun := time.Now()
	p.stop(t)
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("the stop took %v, want well under 10 s", took)
	}

	p = service(t, data, settings...)
	for _, id := range ids {
		if got := finish(t, p, id, time.Minute); got.Status != "COMPLETED" {
			t.Errorf("task %s ended %s (%+v), want COMPLETED", id, got.Status, got.Error)
		}
	}
	if n := number(t, stats(t, emu, ""), "accepted"); n != len(ids) {
		t.Errorf("%d submits for %d tasks across a graceful stop, want one each", n, len(ids))
	}
}

func TestADatabaseOfANewerProgramIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	service(t, data).stop(t)
	path := filepath.Join(data, "volcimage.db")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	const userVersion = 60 // where SQLite keeps the layout's number in its header
	if _, err := f.WriteAt(binary.BigEndian.AppendUint32(nil, 9999), userVersion); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"pause"}, {"backup", filepath.Join(t.TempDir(), "b")}} {
		p := launch(t, "local", []string{"APP_PORT=" + freePort(t), "DATA_DIR=" + data}, args...)
		_ = p.Wait() // the exit code says it
		if out := p.out.String(); p.ProcessState.ExitCode() != 1 || !strings.Contains(out, "9999") || strings.Contains(out, "goroutine ") {
			t.Errorf("local %q: exit code %d, %q; want 1 and both layouts named", args, p.ProcessState.ExitCode(), out)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the database was touched (%v)", err)
	}
}

package e2e

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func download(t *testing.T, url string) (*http.Response, []byte) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, b
}

func TestAPromptBecomesAKeptPictureThatSurvivesARestart(t *testing.T) {
	data := t.TempDir()
	p := service(t, data)
	made := submit(t, p, map[string]any{"prompt": "山间的晨雾 misty mountains", "width": 1024, "height": 1024})
	if made.Status != "PENDING" {
		t.Errorf("a new task is %s, want PENDING", made.Status)
	}
	done := finish(t, p, made.ID, 60*time.Second)
	if done.Status != "COMPLETED" || len(done.Images) != 1 {
		t.Fatalf("task ended %s with %d pictures (%+v), want COMPLETED with one", done.Status, len(done.Images), done.Error)
	}
	p.stop(t)

	p = service(t, data)
	im := get(t, p, made.ID).Images[0]
	if _, b := download(t, p.URL+im.URL); !hasPrefix(b, "\x89PNG") {
		t.Errorf("after a restart the picture begins with %q, want a PNG", b[:min(8, len(b))])
	}
	if _, b := download(t, p.URL+im.ThumbnailURL); !hasPrefix(b, "\xff\xd8") || len(b) > 200<<10 {
		t.Errorf("the thumbnail begins with %q and has %d bytes, want a small JPEG", b[:min(4, len(b))], len(b))
	}
	resp, _ := download(t, p.URL+"/api/v1/task/"+made.ID+"/images/0?download=1")
	if d := resp.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || !strings.Contains(d, ".png") {
		t.Errorf("Content-Disposition of a download = %q, want an attachment with a name", d)
	}
}

func TestATaskIsCountedWithinSecondsOfItsSubmit(t *testing.T) {
	p := service(t, t.TempDir())
	made := submit(t, p, map[string]any{"prompt": "a fox", "width": 1024, "height": 1024})
	call(t, "PATCH", p.URL+"/api/v1/task/"+made.ID, map[string]any{"tags": []string{"fox"}}, nil)
	waitFor(t, 5*time.Second, "the task to be counted by its tag", func() bool {
		var counts struct{ Tags map[string]int }
		call(t, "GET", p.URL+"/api/v1/counts", nil, &counts)
		return counts.Tags["fox"] == 1
	})
}

func TestFiveRunningTasksSurviveKill9AndArePaidOnce(t *testing.T) {
	emu, env := emulator(t, "-delay", "3s")
	data := t.TempDir()
	p := service(t, data, env...)
	prompts := map[string]string{} // by task id
	for i := range 5 {
		prompt := fmt.Sprintf("kill test %d", i)
		prompts[submit(t, p, map[string]any{"prompt": prompt, "width": 1024, "height": 1024}).ID] = prompt
	}
	waitFor(t, 20*time.Second, "five calls at the provider", func() bool { return number(t, stats(t, emu, ""), "accepted") >= 5 })
	time.Sleep(200 * time.Millisecond) // so that some ids are saved and others may not be
	p.kill()

	p = service(t, data, env...)
	for id := range prompts {
		if got := finish(t, p, id, 3*time.Minute); got.Status != "COMPLETED" {
			t.Errorf("after kill -9 task %s ended %s (%+v), want COMPLETED", id, got.Status, got.Error)
		}
	}
	s := stats(t, emu, "")
	if n := number(t, s, "accepted"); n < 5 || n > 10 {
		t.Errorf("%d submits for five tasks, want five, and at most two for each that was being begun", n)
	}
	if n := number(t, s, "max_in_flight"); n > 5 {
		t.Errorf("%d in flight at the provider at once, want at most 5", n)
	}
	if n := number(t, s, "signature_failures"); n != 0 {
		t.Errorf("%d signatures refused, want none", n)
	}
}

func TestTenTasksAtOnceAreAllDrawnAndNeverMoreThanFiveInFlight(t *testing.T) {
	emu, env := emulator(t, "-delay", "300ms")
	p := service(t, t.TempDir(), append(env, "TASK_POLL_INTERVAL=0.1")...)
	var ids []string
	for i := range 10 {
		ids = append(ids, submit(t, p, map[string]any{"prompt": fmt.Sprintf("number %d", i), "width": 1024, "height": 1024}).ID)
	}
	for _, id := range ids {
		if got := finish(t, p, id, time.Minute); got.Status != "COMPLETED" {
			t.Errorf("task %s ended %s, want COMPLETED", id, got.Status)
		}
	}
	s := stats(t, emu, "")
	if got, most := number(t, s, "accepted"), number(t, s, "max_in_flight"); got != 10 || most > 5 {
		t.Errorf("%d submits, at most %d in flight; want 10, at most 5", got, most)
	}
}

func TestAWrongStartIsOneClearLineAndExitCode1(t *testing.T) {
	data := t.TempDir()
	running := service(t, data)
	_, port, _ := strings.Cut(strings.TrimPrefix(running.URL, "http://"), ":")

	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "volcimage.db"), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env  []string
		says string
	}{
		"the port is in use":        {[]string{"APP_PORT=" + port, "DATA_DIR=" + t.TempDir()}, port},
		"the data folder is in use": {[]string{"APP_PORT=" + freePort(t), "DATA_DIR=" + data}, fmt.Sprint(running.Process.Pid)},
		"the data folder is a file": {[]string{"APP_PORT=" + freePort(t), "DATA_DIR=" + file}, "DATA_DIR"},
		"a setting is wrong":        {[]string{"APP_PORT=" + freePort(t), "DATA_DIR=" + t.TempDir(), "THUMBNAIL_QUALITY=200"}, "THUMBNAIL_QUALITY"},
		"one key without the other": {[]string{"APP_PORT=" + freePort(t), "DATA_DIR=" + t.TempDir(), "VOLC_ACCESS_KEY=" + accessKey}, "VOLC_SECRET_KEY"},
		"the database is damaged":   {[]string{"APP_PORT=" + freePort(t), "DATA_DIR=" + damaged}, "database"},
	} {
		t.Run(name, func(t *testing.T) {
			p := launch(t, "local", c.env)
			err := p.Wait()
			out := strings.TrimSpace(p.out.String())
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("ended with %v, want exit code 1", err)
			}
			last := out[strings.LastIndexByte(out, '\n')+1:]
			if !strings.Contains(last, c.says) || strings.Contains(out, "goroutine ") {
				t.Errorf("printed %q, want a last line that names %q", out, c.says)
			}
		})
	}
	if b, err := os.ReadFile(filepath.Join(damaged, "volcimage.db")); err != nil || !hasPrefix(b, "not a database") {
		t.Errorf("the damaged database was touched: %q, %v", b[:min(20, len(b))], err)
	}
}

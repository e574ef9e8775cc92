package outside

import (
	"encoding/json"
	"testing"
	"time"
)

// checks is what health says of each part, and how long it took to say so.
func (p *program) checks(t *testing.T) (status int, checks map[string]string, took time.Duration) {
	t.Helper()
	began := time.Now()
	a := p.ask(t, "GET", "/api/v1/health", "")
	took = time.Since(began)
	var got struct{ Checks map[string]string }
	if err := json.Unmarshal(a.body, &got); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	return a.status, got.Checks, took
}

func TestHealth(t *testing.T) {
	emu, env := emulator(t)
	p := serve(t, t.TempDir(), append(env, "TASK_POLL_INTERVAL=0.1")...)
	t.Run("every part is named, and well", func(t *testing.T) {
		status, got, _ := p.checks(t)
		for _, part := range []string{"store", "queue", "objects", "disk", "provider"} {
			if got[part] != "ok" {
				t.Errorf("%s is %q, want ok", part, got[part])
			}
		}
		if status != 200 || len(got) != 5 {
			t.Errorf("status %d, checks %v", status, got)
		}
	})
	t.Run("it is quick", func(t *testing.T) {
		var took []time.Duration
		for range 20 {
			_, _, d := p.checks(t)
			took = append(took, d)
		}
		if got := quarter(took); got > 200*time.Millisecond {
			t.Errorf("a quarter within %v, want 200ms", got)
		}
	})
	t.Run("a provider that is gone is told by its calls that failed, and nothing else is refused", func(t *testing.T) {
		for range 3 {
			p.submit(t)
		}
		_ = emu.Process.Kill()
		for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			status, got, _ := p.checks(t)
			if status != 200 {
				t.Fatalf("status %d: %v", status, got)
			}
			if got["provider"] == "warning" {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("no warning: %v", got)
			}
		}
	})
}

package secrets

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// manager stands where Secrets Manager stands.
type manager struct {
	mu    sync.Mutex
	text  string // empty: there is no such secret
	asked []string
}

func (m *manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, r.Header.Get("X-Amz-Target")+string(body))
	if m.text == "" {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type":"ResourceNotFoundException","message":"Secrets Manager can't find the specified secret."}`)
		return
	}
	fmt.Fprintf(w, `{"Name":"keys","SecretString":%q}`, m.text)
}

func (m *manager) set(text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.text = text
}

func (m *manager) times() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.asked)
}

// open is a secret, and a clock that the test moves.
func open(t *testing.T) (*Secret, *manager, *time.Time) {
	t.Helper()
	m := &manager{text: "one"}
	s := httptest.NewServer(m)
	t.Cleanup(s.Close)
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	client := secretsmanager.New(secretsmanager.Options{
		BaseEndpoint: aws.String(s.URL), Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	return New(client, "keys", func() time.Time { return now }), m, &now
}

func want(t *testing.T, text string) func(string, error) {
	t.Helper()
	return func(got string, err error) {
		t.Helper()
		if got != text || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, text)
		}
	}
}

func TestSecret(t *testing.T) {
	t.Run("it is read by its name, and believed for five minutes", func(t *testing.T) {
		s, m, now := open(t)
		want(t, "one")(s.Text(t.Context()))
		m.set("two")
		*now = now.Add(5*time.Minute - time.Second)
		want(t, "one")(s.Text(t.Context()))
		*now = now.Add(time.Second)
		want(t, "two")(s.Text(t.Context()))
		if m.times() != 2 || m.asked[0] != `secretsmanager.GetSecretValue{"SecretId":"keys"}` {
			t.Errorf("asked %q", m.asked)
		}
	})
	t.Run("who finds that it does not work gets the new one", func(t *testing.T) {
		s, m, now := open(t)
		want(t, "one")(s.Text(t.Context()))
		*now = now.Add(time.Minute)
		m.set("two")
		want(t, "two")(s.Renewed(t.Context(), "one"))
		want(t, "two")(s.Renewed(t.Context(), "one")) // somebody else did it meanwhile
		want(t, "two")(s.Text(t.Context()))
		if m.times() != 2 {
			t.Errorf("asked %d times, want 2", m.times())
		}
	})
	t.Run("keys that stay wrong do not make a request of each call", func(t *testing.T) {
		s, m, now := open(t)
		want(t, "one")(s.Text(t.Context()))
		for range 60 {
			*now = now.Add(time.Second)
			want(t, "one")(s.Renewed(t.Context(), "one"))
		}
		if n := m.times(); n != 7 {
			t.Errorf("asked %d times within a minute, want 7", n)
		}
	})
	t.Run("many at once make one request", func(t *testing.T) {
		s, m, _ := open(t)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { want(t, "one")(s.Text(t.Context())) })
		}
		if all.Wait(); m.times() != 1 {
			t.Errorf("asked %d times, want 1", m.times())
		}
	})
	t.Run("what cannot be read was surely of no effect", func(t *testing.T) {
		s, m, _ := open(t)
		m.set("")
		_, err := s.Text(t.Context())
		if task.KindOf(err) != task.Unavailable || task.CodeOf(err) != catalog.CodeUnavailable || !strings.Contains(err.Error(), "keys") {
			t.Errorf("got %v", err)
		}
		m.set("one")
		want(t, "one")(s.Text(t.Context()))
	})
}

package coldstart

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const root = "../../../"

// functions are all, with the event that each is started with.
var functions = map[string]string{"api": "models.json", "generate": "hint.json", "janitor": "minute.json"}

// programs is where the functions are built, once each.
var programs struct {
	sync.Mutex
	dir string
}

// program builds a function as the Makefile does, and answers where it is.
func program(t testing.TB, function string) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	if programs.dir == "" {
		var err error
		if programs.dir, err = os.MkdirTemp("", "coldstart"); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(programs.dir, function, "bootstrap")
	if _, err := os.Stat(out); err == nil {
		return out
	}
	target, architecture := "build-"+strings.ToUpper(function[:1])+function[1:], "arm64"
	if goarch(t) == "amd64" {
		architecture = "x86_64"
	}
	cmd := exec.CommandContext(t.Context(), "make", "-s", target, "ARTIFACTS_DIR="+filepath.Dir(out), "ARCHITECTURE="+architecture)
	cmd.Dir = root
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v\n%s", target, err, text)
	}
	return out
}

// clean removes what was built.
func clean() { _ = os.RemoveAll(programs.dir) } // nobody misses it

func goarch(t testing.TB) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOHOSTARCH").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// lambda is the API of Lambda's runtime with one event to give.
type lambda struct {
	event    []byte
	given    chan struct{} // holds one
	answered chan answer
	done     chan struct{} // closed when the test is over
}

type answer struct {
	kind string // "response" or "error"
	body string
	at   time.Time
}

func (l *lambda) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/2018-06-01/runtime/")
	if path == "invocation/next" {
		select {
		case <-l.given:
		case <-l.done:
			return
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(20*time.Second).UnixMilli(), 10))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:f")
		_, _ = w.Write(l.event)
		return
	}
	body, _ := io.ReadAll(r.Body)
	l.answered <- answer{path[strings.LastIndexByte(path, '/')+1:], string(body), time.Now()}
	w.WriteHeader(http.StatusAccepted)
}

// aws answers as an account in which nothing has happened yet.
func aws(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Query().Has("list-type") { // of the bucket
		fmt.Fprint(w, `<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>`)
		return
	}
	body := map[string]string{
		"secretsmanager.GetSecretValue": `{"SecretString":"{\"local\":\"0123456789abcdef0123456789abcdef\"}"}`,
		"DynamoDB_20120810.GetItem":     `{}`,
		"DynamoDB_20120810.PutItem":     `{}`,
		"DynamoDB_20120810.UpdateItem":  `{"Attributes":{"at":{"N":"1"}}}`,
		"DynamoDB_20120810.Query":       `{"Items":[],"Count":0,"ScannedCount":0}`,
	}[r.Header.Get("X-Amz-Target")]
	if body == "" {
		http.Error(w, "nobody asked for this before", http.StatusNotImplemented)
		return
	}
	w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(body))), 10))
	fmt.Fprint(w, body)
}

// environment is what Lambda and the template set.
func environment(runtime, services string) []string {
	return []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(runtime, "http://"), "AWS_LAMBDA_FUNCTION_NAME=f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512",
		"AWS_LAMBDA_FUNCTION_VERSION=1", "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_ENDPOINT_URL=" + services, "STAGE=production", "STACK_NAME=s", "TABLE_NAME=t", "QUEUE_URL=" + services + "/q", "PICTURES_BUCKET=b",
		"API_KEYS_SECRET=keys", "EDGE_SECRET=keys", "VOLC_KEYS_SECRET=keys",
	}
}

// start starts a function, gives it its event, and answers how long it took to be
// answered, and with what.
func start(t testing.TB, function string) (time.Duration, string) {
	t.Helper()
	binary := program(t, function)
	event, err := os.ReadFile(root + "functions/" + function + "/events/" + functions[function])
	if err != nil {
		t.Fatal(err)
	}
	if function == "api" { // which is not local here
		event = []byte(strings.Replace(string(event), `"accept"`, `"x-api-key": "0123456789abcdef0123456789abcdef", "accept"`, 1))
	}
	l := &lambda{event: event, given: make(chan struct{}, 1), answered: make(chan answer, 1), done: make(chan struct{})}
	l.given <- struct{}{}
	runtime, services := httptest.NewServer(l), httptest.NewServer(http.HandlerFunc(aws))
	defer services.Close()
	defer runtime.Close()
	defer close(l.done)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary)
	var log strings.Builder
	cmd.Env, cmd.Stdout, cmd.Stderr = environment(runtime.URL, services.URL), &log, &log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case a := <-l.answered:
		cancel()
		<-ended
		if a.kind != "response" {
			t.Fatalf("%s answered an error: %s\n%s", function, a.body, log.String())
		}
		return a.at.Sub(began), a.body
	case err := <-ended:
		t.Fatalf("%s ended before it answered: %v\n%s", function, err, log.String())
	}
	return 0, ""
}

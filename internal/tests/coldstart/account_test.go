package coldstart

import (
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"volcimage/internal/tests/lambda"
)

// functions are all, with the event that each is started with and what its answer
// has in it.
var functions = map[string]struct{ event, answer string }{
	"api":      {"models.json", `"statusCode":200`},
	"generate": {"hint.json", `{"batchItemFailures":[]}`},
	"janitor":  {"minute.json", "null"},
}

const apiKey = "0123456789abcdef0123456789abcdef"

// taskID is of the one task that there is.
const taskID = "01JDGV3R7Y3Z2Q8M5T1N6K4W0B"

// task is its row, of one finished picture.
const task = `{"Item":{"PK":{"S":"O#local"},"SK":{"S":"T#` + taskID + `"},"version":{"N":"6"},"status":{"S":"COMPLETED"},
	"prompt":{"S":"雪地里的狐狸，晨光，胶片质感"},"model":{"S":"jimeng_t2i_v40"},"count":{"N":"1"},"width":{"N":"2048"},"height":{"N":"2048"},
	"pictures":{"L":[{"M":{"status":{"S":"done"},"format":{"S":"png"},"width":{"N":"2048"},"height":{"N":"2048"},"bytes":{"N":"5242880"},
	"object":{"S":"images/local/` + taskID + `/0/2/0.png"},"thumbnail":{"S":"images/local/` + taskID + `/0/2/0.thumbnail.jpg"}}}]},
	"created_at":{"N":"1764150000000000000"},"started_at":{"N":"1764150001000000000"},"finished_at":{"N":"1764150020000000000"}}}`

// account answers as an account in which one picture was made and nothing waits.
func account(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Query().Has("list-type") { // of the bucket
		fmt.Fprint(w, `<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>`)
		return
	}
	request, _ := io.ReadAll(r.Body)
	body := map[string]string{
		"secretsmanager.GetSecretValue": `{"SecretString":"{\"local\":\"` + apiKey + `\"}"}`,
		"DynamoDB_20120810.GetItem":     `{}`,
		"DynamoDB_20120810.PutItem":     `{}`,
		"DynamoDB_20120810.UpdateItem":  `{"Attributes":{"at":{"N":"1"}}}`,
		"DynamoDB_20120810.Query":       `{"Items":[],"Count":0,"ScannedCount":0}`,
	}[r.Header.Get("X-Amz-Target")]
	if strings.Contains(string(request), "T#"+taskID) {
		body = task
	}
	if body == "" {
		http.Error(w, "nobody asked for this before", http.StatusNotImplemented)
		return
	}
	w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(body))), 10))
	fmt.Fprint(w, body)
}

// environment is what the template sets.
func environment(services string) []string {
	return []string{
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_ENDPOINT_URL=" + services, "STAGE=production", "STACK_NAME=s", "TABLE_NAME=t", "QUEUE_URL=" + services + "/q", "PICTURES_BUCKET=b",
		"API_KEYS_SECRET=keys", "EDGE_SECRET=keys", "VOLC_KEYS_SECRET=keys", "RATE_LIMIT_READ=1000000/s", "GOGC=400",
	}
}

// event is the function's first one. The api asks for a key.
func event(t testing.TB, p *lambda.Programs, function string) []byte {
	t.Helper()
	text, err := p.Event(function, functions[function].event)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.Replace(string(text), `"accept"`, `"x-api-key": "`+apiKey+`", "accept"`, 1))
}

// start starts a function, gives it its event, and answers how long it took from the
// start of its process to its answer. The process runs on.
func start(t testing.TB, p *lambda.Programs, function string, settings ...string) (*lambda.Process, time.Duration) {
	t.Helper()
	services := httptest.NewServer(http.HandlerFunc(account))
	t.Cleanup(services.Close)
	f, err := lambda.Start(t.Context(), p.Path(function), append(environment(services.URL), settings...), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _, to, err := f.Invoke(event(t, p, function))
	if err != nil || !strings.Contains(body, functions[function].answer) {
		t.Fatalf("%s answered %s, %v; want %s in it", function, body, err, functions[function].answer)
	}
	return f, to.Sub(f.Began())
}

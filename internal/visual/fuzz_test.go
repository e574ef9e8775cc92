package visual

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// canned answers every request alike, without a socket.
type canned struct {
	status int
	body   []byte
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: c.status, Request: r, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(c.body)),
	}, nil
}

// FuzzAnswer: whatever the provider or something before it answers, there is no
// panic; every failure has its row, and what is taken is bounded. Neither an error
// nor the log tells a key.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		success, htmlPage, "", "null", "[]", `{"code":10000,"data":{"task_id":`, gatewayBody(100010, "SignatureDoesNotMatch"),
		businessBody(50412, "Text Risk Not Pass"), businessBody(50500, "signed with "+testKey+" and "+testSecret),
		`{"code":"10000","data":{"task_id":18446744073709551616}}`,
		`{"code":10000,"request_id":"R1","data":{"status":"done","image_urls":["https://x/1.png",""],"binary_data_base64":["aGVsbG8="]}}`,
		`{"code":10000,"data":{"status":"done","image_urls":null,"binary_data_base64":["aGVsbG8=",""]}}`,
		`{"code":10000,"data":{"status":"in_queue"}}`, `{"code":10000,"data":{"status":"expired"}}`, `{"code":50215}`,
		`{"code":{"code":1},"data":[[[[[[]]]]]]}`, "{\"code\":10000,\"message\":\"\xff\\ud800\",\"data\":{\"status\":\"\\u0000\"}}",
	} {
		for _, status := range []int{200, 400, 429, 500, 502, 302} {
			f.Add(status, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 999 {
			t.Skip("no server's parser lets such a status through")
		}
		c, log := dialURL(t, Config{Endpoint: "http://volc.test", HTTP: &http.Client{Transport: canned{status, body}}})
		id, err := c.Submit(t.Context(), fox)
		if (id == "") == (err == nil) || len(id) > maxJobID {
			t.Errorf("job id %q with error %v", id, err)
		}
		wantRow(t, err)
		res, err := c.Result(t.Context(), fox.Model, "1")
		if n := len(res.Links) + len(res.Data); n > maxPictures || (n > 0) != res.Done || res.Done && err != nil {
			t.Errorf("%d pictures, done %v, with error %v", n, res.Done, err)
		}
		wantRow(t, err)
		if s := log.String(); strings.Contains(s, testSecret) || strings.Contains(s, testKey) {
			t.Errorf("the log tells a key: %s", s)
		}
	})
}

// wantRow holds an error against its row, bounded and without a key in it.
func wantRow(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	got := failureOf(t, err)
	if utf8.RuneCountInString(got.ProviderCode) > maxCode+1 || utf8.RuneCountInString(got.RequestID) > maxCode+1 {
		t.Errorf("the provider's code %q or request %q is kept whole", got.ProviderCode, got.RequestID)
	}
	if s := err.Error(); strings.Contains(s, testSecret) || strings.Contains(s, testKey) {
		t.Errorf("the error tells a key: %s", s)
	}
	if got.Kind == task.Internal || got.Code == catalog.CodeInternal {
		t.Errorf("an answer of the provider became our own mistake: %v", err)
	}
}

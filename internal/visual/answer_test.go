package visual

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

func gatewayBody(n int, code string) string {
	return fmt.Sprintf(`{"ResponseMetadata":{"RequestId":"GW1","Action":"X","Version":"2022-08-31","Service":"cv","Region":"cn-north-1","Error":{"CodeN":%d,"Code":%q,"Message":"no"}},"code":10000,"data":{"task_id":"9","status":"done","image_urls":["https://x"]}}`, n, code)
}

func businessBody(code int, message string) string {
	return fmt.Sprintf(`{"code":%d,"data":null,"message":%q,"request_id":"R1","status":%d,"time_elapsed":"104.852309ms"}`, code, message, code)
}

const htmlPage = `<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>`

func TestSubmitAnswersTheJobID(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"as documented":            {200, `{"code":10000,"data":{"task_id":"7392616336519610409"},"message":"Success","request_id":"20240720103939AF0029465CF6A74E51EC","time_elapsed":"104.852309ms"}`, "7392616336519610409"},
		"with status and fields":   {200, `{"code":10000,"data":{"task_id":"1","more":{}},"message":"Success","status":10000,"new":[1]}`, "1"},
		"a number beyond int64":    {200, `{"code":10000,"data":{"task_id":18446744073709551616}}`, "18446744073709551616"},
		"a code in quotes":         {200, `{"code":"10000","data":{"task_id":"1"}}`, "1"},
		"a status of another type": {200, `{"code":10000,"status":"ok","message":{},"data":{"task_id":"1"}}`, "1"},
		"metadata without error":   {200, `{"ResponseMetadata":{"RequestId":"x"},"code":10000,"data":{"task_id":"1"}}`, "1"},
		"metadata that is null":    {200, `{"ResponseMetadata":null,"code":10000,"data":{"task_id":"1"}}`, "1"},
		// An id is an id: the job exists, whatever the status line says.
		"an id under a failing status": {500, `{"code":10000,"data":{"task_id":"1"}}`, "1"},
	} {
		c, _ := dial(t, say(tt.status, tt.body))
		if got, err := c.Submit(t.Context(), fox); err != nil || got != tt.want {
			t.Errorf("%s: Submit = %q, %v; want %q", name, got, err, tt.want)
		}
	}
}

// failure is what matters of an error.
type failure struct {
	Kind                    task.Kind
	Code                    task.Code
	ProviderCode, RequestID string
}

func failureOf(t *testing.T, err error) failure {
	t.Helper()
	var e *task.Error
	if !errors.As(err, &e) {
		t.Errorf("error %v (%T) is no *task.Error", err, err)
		return failure{}
	}
	if f := catalog.FaultOf(e.Code); f.Code != e.Code || f.Kind != e.Kind {
		t.Errorf("error %s of kind %v, its row is %s of kind %v", e.Code, e.Kind, f.Code, f.Kind)
	}
	return failure{e.Kind, e.Code, e.ProviderCode, e.RequestID}
}

func TestC16EveryFailingAnswerIsClassed(t *testing.T) {
	unknown := failure{Kind: task.Unknown, Code: catalog.CodeProviderOutcomeUnknown}
	noAnswer := failure{Kind: task.Unavailable, Code: catalog.CodeProviderAnswer}
	for name, tt := range map[string]struct {
		status         int
		body           string
		submit, result failure // result is as submit where it is left out
	}{
		"business error under 400": {400, businessBody(50412, "Text Risk Not Pass"), failure{task.Refused, catalog.CodePromptRefused, "50412", "R1"}, failure{}},
		"business error under 200": {200, businessBody(50511, "Post Img Risk Not Pass"), failure{task.Refused, catalog.CodeOutputRefused, "50511", "R1"}, failure{}},
		"failed though done": {
			200, `{"code":50511,"message":"Post Img Risk Not Pass","request_id":"R1","data":{"status":"done","image_urls":null}}`,
			failure{task.Refused, catalog.CodeOutputRefused, "50511", "R1"}, failure{},
		},
		"data that is not null":   {400, `{"code":50413,"request_id":"R1","data":{"binary_data_base64":[],"task_id":"9"}}`, failure{task.Refused, catalog.CodePromptRefused, "50413", "R1"}, failure{}},
		"too many a second":       {429, businessBody(50429, "limit"), failure{task.Throttled, catalog.CodeProviderThrottled, "50429", "R1"}, failure{}},
		"too many at once":        {429, businessBody(50430, "limit"), failure{task.Throttled, catalog.CodeProviderConcurrency, "50430", "R1"}, failure{}},
		"internal":                {500, businessBody(50500, "Internal Error"), failure{task.Unavailable, catalog.CodeProviderInternal, "50500", "R1"}, failure{}},
		"moderation broke":        {400, businessBody(50520, "Risk Internal Error"), failure{task.Unavailable, catalog.CodeModerationUnavailable, "50520", "R1"}, failure{}},
		"parameters":              {400, businessBody(50200, "prompt can not be more than 800 chars"), failure{task.Invalid, catalog.CodeProviderRejected, "50200", "R1"}, failure{}},
		"not activated":           {400, businessBody(50400, "Access Denied"), failure{task.Misconfigured, catalog.CodeProviderNotActivated, "50400", "R1"}, failure{}},
		"inputs, or the id":       {400, businessBody(50215, "Input invalid for this service."), failure{task.Invalid, catalog.CodeProviderRejected, "50215", "R1"}, failure{task.Unknown, catalog.CodeProviderLost, "50215", "R1"}},
		"a code nobody knows":     {400, businessBody(61000, "new"), failure{task.Invalid, catalog.CodeProviderUnknownCode, "61000", "R1"}, failure{}},
		"gateway: signature":      {401, gatewayBody(100010, "SignatureDoesNotMatch"), failure{task.Misconfigured, catalog.CodeProviderKeys, "100010", "GW1"}, failure{}},
		"gateway: clock":          {400, gatewayBody(100006, "InvalidTimestamp"), failure{task.Misconfigured, catalog.CodeProviderClock, "100006", "GW1"}, failure{}},
		"gateway: action":         {404, gatewayBody(100008, "InvalidActionOrVersion"), failure{task.Misconfigured, catalog.CodeProviderProtocol, "100008", "GW1"}, failure{}},
		"gateway: by name alone":  {401, gatewayBody(0, "InvalidAccessKey"), failure{task.Misconfigured, catalog.CodeProviderKeys, "InvalidAccessKey", "GW1"}, failure{}},
		"gateway: under 200":      {200, gatewayBody(100009, "InvalidAccessKey"), failure{task.Misconfigured, catalog.CodeProviderKeys, "100009", "GW1"}, failure{}},
		"gateway: nothing named":  {403, `{"ResponseMetadata":{"Error":{}}}`, failure{Kind: task.Misconfigured, Code: catalog.CodeProviderAccess}, failure{}},
		"HTML 502":                {502, htmlPage, unknown, noAnswer},
		"HTML 504":                {504, htmlPage, unknown, noAnswer},
		"HTML 500":                {500, htmlPage, unknown, noAnswer},
		"HTML 503 was not taken":  {503, htmlPage, failure{Kind: task.Unavailable, Code: catalog.CodeProviderUnreachable}, failure{}},
		"HTML 429":                {429, htmlPage, failure{Kind: task.Throttled, Code: catalog.CodeProviderThrottled}, failure{}},
		"HTML 404":                {404, htmlPage, failure{Kind: task.Misconfigured, Code: catalog.CodeProviderProtocol}, failure{}},
		"a redirect":              {302, "", failure{Kind: task.Misconfigured, Code: catalog.CodeProviderProtocol}, failure{}},
		"HTML 200":                {200, htmlPage, unknown, noAnswer},
		"nothing at all":          {200, "", unknown, noAnswer},
		"502 without a body":      {502, "", unknown, noAnswer},
		"half of the JSON":        {200, `{"code":10000,"data":{"task_id":"73926163`, unknown, noAnswer},
		"an array":                {200, `[]`, unknown, noAnswer},
		"null":                    {200, `null`, unknown, noAnswer},
		"no code":                 {200, `{"data":{"task_id":"9","status":"done"}}`, unknown, noAnswer},
		"success without data":    {200, `{"code":10000,"message":"Success","data":null}`, unknown, noAnswer},
		"success, data a string":  {200, `{"code":10000,"data":"ok"}`, unknown, noAnswer},
		"success, nothing inside": {200, `{"code":10000,"data":{}}`, unknown, noAnswer},
	} {
		c, log := dial(t, say(tt.status, tt.body))
		_, err := c.Submit(t.Context(), fox)
		if diff := cmp.Diff(tt.submit, failureOf(t, err)); diff != "" {
			t.Errorf("%s: Submit (-want +got)\n%s", name, diff)
		}
		want := tt.result
		if want == (failure{}) {
			want = tt.submit
		}
		_, err = c.Result(t.Context(), fox.Model, "1")
		if diff := cmp.Diff(want, failureOf(t, err)); diff != "" {
			t.Errorf("%s: Result (-want +got)\n%s", name, diff)
		}
		if n := strings.Count(log.String(), `"provider call"`); n != 2 {
			t.Errorf("%s: %d lines for 2 calls\n%s", name, n, log)
		}
	}
}

func TestResultTellsTheJobsState(t *testing.T) {
	lost := failure{Kind: task.Unknown, Code: catalog.CodeProviderLost, RequestID: "R1"}
	for name, tt := range map[string]struct {
		data string
		want task.Result
		fail failure
	}{
		"queued":          {`{"status":"in_queue","image_urls":null}`, task.Result{}, failure{}},
		"drawing":         {`{"status":"generating"}`, task.Result{}, failure{}},
		"done":            {`{"status":"done","image_urls":["https://a/1?x=1","https://a/2"],"binary_data_base64":null}`, task.Result{Done: true, Links: []string{"https://a/1?x=1", "https://a/2"}}, failure{}},
		"links win":       {`{"status":"done","image_urls":["https://a/1"],"binary_data_base64":["aGk="]}`, task.Result{Done: true, Links: []string{"https://a/1"}}, failure{}},
		"in base64":       {`{"status":"done","image_urls":[],"binary_data_base64":["aGk=",""]}`, task.Result{Done: true, Data: [][]byte{[]byte("hi")}}, failure{}},
		"not found":       {`{"status":"not_found"}`, task.Result{}, lost},
		"expired":         {`{"status":"expired"}`, task.Result{}, lost},
		"no links":        {`{"status":"done","image_urls":[]}`, task.Result{}, failure{Kind: task.Unavailable, Code: catalog.CodeProviderNoPicture, RequestID: "R1"}},
		"null everywhere": {`{"status":"done","image_urls":null,"binary_data_base64":null}`, task.Result{}, failure{Kind: task.Unavailable, Code: catalog.CodeProviderNoPicture, RequestID: "R1"}},
		"an empty link":   {`{"status":"done","image_urls":["",null]}`, task.Result{}, failure{Kind: task.Unavailable, Code: catalog.CodeProviderNoPicture, RequestID: "R1"}},
		"a new state":     {`{"status":"paused"}`, task.Result{}, failure{Kind: task.Unavailable, Code: catalog.CodeProviderAnswer, RequestID: "R1"}},
		"bad base64":      {`{"status":"done","binary_data_base64":["%%"]}`, task.Result{}, failure{Kind: task.Unavailable, Code: catalog.CodeProviderAnswer, RequestID: "R1"}},
	} {
		c, _ := dial(t, say(200, `{"code":10000,"message":"Success","request_id":"R1","status":10000,"data":`+tt.data+`}`))
		got, err := c.Result(t.Context(), fox.Model, "1")
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: Result (-want +got)\n%s", name, diff)
		}
		if tt.fail == (failure{}) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if diff := cmp.Diff(tt.fail, failureOf(t, err)); diff != "" {
			t.Errorf("%s: error (-want +got)\n%s", name, diff)
		}
	}
}

func TestC16AnAnswerIsBounded(t *testing.T) {
	t.Run("a job id", func(t *testing.T) {
		c, _ := dial(t, say(200, `{"code":10000,"data":{"task_id":"`+strings.Repeat("1", 300)+`"}}`))
		if _, err := c.Submit(t.Context(), fox); task.KindOf(err) != task.Unknown {
			t.Errorf("an id of 300 bytes: %v", err)
		}
	})
	t.Run("the number and length of links", func(t *testing.T) {
		links := strings.Repeat(`"https://a/1",`, 40) + `"https://a/last"`
		c, _ := dial(t, say(200, `{"code":10000,"data":{"status":"done","image_urls":["`+strings.Repeat("x", 9000)+`",`+links+`]}}`))
		r, err := c.Result(t.Context(), fox.Model, "1")
		if err != nil || len(r.Links) != maxPictures-1 {
			t.Errorf("%d links of 42, %v", len(r.Links), err)
		}
	})
	t.Run("the answer to a submit", func(t *testing.T) {
		c, _ := dial(t, say(200, `{"code":10000,"data":{"task_id":"1"},"pad":"`+strings.Repeat("x", 1<<20)+`"}`))
		_, err := c.Submit(t.Context(), fox)
		if task.KindOf(err) != task.Unknown || !errors.Is(err, errTooLong) {
			t.Errorf("an answer of 1 MiB: %v", err)
		}
	})
	t.Run("the answer to a poll may hold pictures", func(t *testing.T) {
		data := strings.Repeat("AAAA", 3<<18)
		c, _ := dial(t, say(200, `{"code":10000,"data":{"status":"done","binary_data_base64":["`+data+`"]}}`))
		r, err := c.Result(t.Context(), fox.Model, "1")
		if err != nil || len(r.Data) != 1 || len(r.Data[0]) != 9<<18 {
			t.Errorf("3 MiB of base64: %d pictures, %v", len(r.Data), err)
		}
	})
}

func TestRetryAfterIsPassedOn(t *testing.T) {
	c, _ := dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "7")
		if r.URL.Query().Get("Action") == actionSubmit {
			say(429, businessBody(50430, "limit"))(w, r)
			return
		}
		say(503, htmlPage)(w, r)
	}))
	_, submit := c.Submit(t.Context(), fox)
	_, result := c.Result(t.Context(), fox.Model, "1")
	for name, err := range map[string]error{"submit": submit, "result": result} {
		var e *task.Error
		if !errors.As(err, &e) || e.RetryAfter != 7*time.Second {
			t.Errorf("%s: %+v, want RetryAfter 7s", name, err)
		}
	}
}

func TestRetryAfterIsReadInBothFormsAndBounded(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "soon": 0, "1.5": 0, "120": 2 * time.Minute,
		"99999999999999": time.Hour, "99999999999999999999": 0,
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second,
		"Fri, 02 Jan 2026 03:04:00 GMT": 0,
		"Sat, 02 Jan 2027 03:04:00 GMT": time.Hour,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", value, got, want)
		}
	}
}

func TestUnknownCodesAreCountedLoggedAndBounded(t *testing.T) {
	n := 0
	c, log := dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		say(400, businessBody(70000+n, "never seen"))(w, r)
	}))
	if got := c.UnknownCodes(); len(got) != 0 {
		t.Errorf("UnknownCodes before any = %v", got)
	}
	for range maxTallied + 5 {
		_, _ = c.Submit(t.Context(), fox) // each fails, which is the point
	}
	got := c.UnknownCodes()
	if len(got) != maxTallied+1 || got["70001"] != 1 || got[otherCodes] != 5 {
		t.Errorf("%d codes, 70001 %d times, other %d times; want %d, 1, 5", len(got), got["70001"], got[otherCodes], maxTallied+1)
	}
	if !strings.Contains(log.String(), `"level":"WARN","msg":"provider code not in the table"`) || !strings.Contains(log.String(), "never seen") {
		t.Errorf("no warning in the log:\n%.500s", log)
	}
	got["70001"] = 99
	if c.UnknownCodes()["70001"] != 1 {
		t.Error("the counts can be changed from outside")
	}
}

func TestKnownCodesAreNotCounted(t *testing.T) {
	c, _ := dial(t, say(400, businessBody(50412, "Text Risk Not Pass")))
	_, _ = c.Submit(t.Context(), fox)
	if got := c.UnknownCodes(); len(got) != 0 {
		t.Errorf("UnknownCodes = %v", got)
	}
}

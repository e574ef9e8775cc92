package host

import (
	"encoding/json"
	"net/http"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// problem is an answer that no function gave: the api's own problem documents
// look alike, so that a client needs to know one form.
type problem struct {
	Type      string        `json:"type"`
	Title     string        `json:"title"`
	Status    int           `json:"status"`
	Detail    string        `json:"detail"`
	Code      task.Code     `json:"code"`
	RequestID string        `json:"request_id"`
	Stage     task.Stage    `json:"stage"`
	Retryable bool          `json:"retryable"`
	Charged   task.Charged  `json:"charged"`
	Message   catalog.Words `json:"message"`
}

// problemJSON is the document for code; it holds nothing of what went wrong inside.
func problemJSON(status int, code task.Code, id string) []byte {
	f := catalog.FaultOf(code)
	b, err := json.Marshal(problem{
		Type: "urn:volcimage:problem:" + string(code), Title: f.Title.EN, Status: status, Detail: f.Detail.EN, Code: code,
		RequestID: id, Stage: f.Stage, Retryable: f.Retryable, Charged: f.Charged, Message: f.Detail,
	})
	if err != nil {
		panic("host: a problem is always JSON: " + err.Error()) // plain strings and numbers
	}
	return b
}

func writeProblem(w http.ResponseWriter, status int, code task.Code, id string) {
	h := w.Header()
	for name, value := range baseHeaders {
		h.Set(name, value)
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Request-Id", id)
	w.WriteHeader(status)
	_, _ = w.Write(problemJSON(status, code, id)) // the client has gone: nobody is left to tell
}

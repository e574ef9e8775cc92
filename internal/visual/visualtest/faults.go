package visualtest

import (
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Fault is one way to misbehave, asked for by "#name" or "#name=value" in a prompt, or
// by the script and the rates of POST /_emulator/faults.
type Fault struct {
	Name string `json:"name"`
	// Value is what may follow the "=": "n" (only the first n calls with this
	// prompt), "duration", "code", or nothing.
	Value  string `json:"value,omitempty"`
	Moment Moment `json:"moment"`
	Effect string `json:"effect"`
	// times is n where the prompt gives none; 0 is every call.
	times int
}

// Moment is when a fault strikes.
type Moment string

// The moments of a task's life.
const (
	AtSubmit   Moment = "submit"   // instead of accepting
	AtAccept   Moment = "accept"   // the task is accepted (and would be charged), its answer goes wrong
	OfTask     Moment = "task"     // decides at accept what will become of the task
	AtQuery    Moment = "query"    // any query of the task
	AtDone     Moment = "done"     // a query that finds the pictures done
	AtDownload Moment = "download" // a fetch of a result link
)

// Faults is every fault there is. GET /_emulator/faults shows it.
func Faults() []Fault {
	return []Fault{
		{Name: "429", Value: "n", Moment: AtSubmit, times: 1, Effect: "HTTP 429, 50429: too many calls a second; once unless n says more"},
		{Name: "concurrency", Value: "n", Moment: AtSubmit, times: 1, Effect: "HTTP 429, 50430: too many tasks in flight; once unless n says more"},
		{Name: "moderated-prompt", Moment: AtSubmit, Effect: "50412: the prompt is refused"},
		{Name: "moderated-words", Moment: AtSubmit, Effect: "50413: sensitive words in the prompt"},
		{Name: "500", Value: "n", Moment: AtSubmit, Effect: "HTTP 500, 50500: internal error"},
		{Name: "502", Value: "n", Moment: AtSubmit, Effect: "HTTP 502 with a page in HTML"},
		{Name: "denied", Moment: AtSubmit, Effect: "50400: access denied, as where the model is not activated"},
		{Name: "drop", Value: "n", Moment: AtSubmit, Effect: "the connection ends without an answer, nothing was accepted"},
		{Name: "code", Value: "code", Moment: AtSubmit, Effect: "the submit is refused with this business code"},

		{Name: "drop-after-accept", Value: "n", Moment: AtAccept, Effect: "accepted, then the connection ends without an answer"},
		{Name: "truncated-submit", Value: "n", Moment: AtAccept, Effect: "accepted, then half of the JSON"},
		{Name: "hang-submit", Value: "n", Moment: AtAccept, Effect: "accepted, then no answer until the caller goes away"},

		{Name: "moderated-output", Value: "n", Moment: OfTask, Effect: "50511 as result: the picture is refused; with n only the first n tasks, so that another try is drawn"},
		{Name: "moderated-copyright", Value: "n", Moment: OfTask, Effect: "50519 as result: the picture is refused for copyright"},
		{Name: "half", Moment: OfTask, Effect: "50511 as result of every second task with this prompt"},
		{Name: "result-code", Value: "code", Moment: OfTask, Effect: "the task fails with this business code"},
		{Name: "slow", Value: "duration", Moment: OfTask, Effect: "the task takes this long, at most an hour"},
		{Name: "never", Moment: OfTask, Effect: "the task stays generating until it is forgotten"},
		{Name: "http200-error", Moment: OfTask, Effect: "errors come under HTTP 200; with no other fault, the task fails with 50511"},

		{Name: "lost", Moment: AtQuery, Effect: "status not_found"},
		{Name: "expired-task", Moment: AtQuery, Effect: "status expired"},
		{Name: "50215", Moment: AtQuery, Effect: "50215, which some models answer for a task that is lost"},
		{Name: "500-query", Value: "n", Moment: AtQuery, Effect: "HTTP 500, 50500"},
		{Name: "502-query", Value: "n", Moment: AtQuery, Effect: "HTTP 502 with a page in HTML"},
		{Name: "429-query", Value: "n", Moment: AtQuery, times: 1, Effect: "HTTP 429, 50429; once unless n says more"},
		{Name: "drop-query", Value: "n", Moment: AtQuery, Effect: "the connection ends without an answer"},
		{Name: "hang", Value: "n", Moment: AtQuery, Effect: "no answer until the caller goes away"},

		{Name: "truncated-json", Value: "n", Moment: AtDone, Effect: "half of the JSON"},
		{Name: "no-picture", Moment: AtDone, Effect: "done, but the list of pictures is empty"},
		{Name: "extra-picture", Moment: AtDone, Effect: "one picture more than was asked for"},
		{Name: "expired-link", Value: "n", Moment: AtDone, Effect: "links that ended a minute ago: 403"},
		{Name: "private-link", Moment: AtDone, Effect: "links to a private address, http://169.254.169.254/"},

		{Name: "bad-picture", Value: "n", Moment: AtDownload, Effect: "bytes that are no picture"},
		{Name: "cut-picture", Value: "n", Moment: AtDownload, Effect: "a file that ends in the middle of the picture"},
		{Name: "cut-transfer", Value: "n", Moment: AtDownload, Effect: "the connection ends in the middle of the file"},
		{Name: "empty-picture", Value: "n", Moment: AtDownload, Effect: "no bytes at all"},
		{Name: "huge-header", Value: "n", Moment: AtDownload, Effect: "54 bytes of PNG that declare 20000 × 20000"},
		{Name: "oversized", Value: "n", Moment: AtDownload, Effect: "a picture, and 96 MiB behind it"},
		{Name: "trailing", Value: "n", Moment: AtDownload, Effect: "a zip archive behind the end of the picture"},
		{Name: "wrong-size", Value: "n", Moment: AtDownload, Effect: "a picture of half the width and height"},
		{Name: "404-picture", Value: "n", Moment: AtDownload, Effect: "HTTP 404"},
		{Name: "503-picture", Value: "n", Moment: AtDownload, Effect: "HTTP 503"},
	}
}

// wish is one fault that was asked for.
type wish struct {
	Fault
	value string
	// forced: by the script or the rates, so for this one call.
	forced bool
}

var faultWord = regexp.MustCompile(`#([a-z0-9][a-z0-9-]*)(?:=([0-9a-z.]+))?`)

// parseWishes finds the faults that a prompt asks for. Other words with a # are
// part of the prompt.
func parseWishes(prompt string) []wish {
	var wishes []wish
	for _, m := range faultWord.FindAllStringSubmatch(prompt, -1) {
		if w, ok := newWish(m[1], m[2]); ok {
			wishes = append(wishes, w)
		}
	}
	return wishes
}

// newWish checks that there is such a fault and that it takes the value. A fault
// whose value is needed and missing is none.
func newWish(name, value string) (wish, bool) {
	for _, f := range Faults() {
		if f.Name != name {
			continue
		}
		w := wish{Fault: f, value: value}
		var err error
		switch f.Value {
		case "n":
			if value != "" {
				w.times, err = strconv.Atoi(value)
			}
		case "code":
			_, err = strconv.Atoi(value)
		case "duration":
			_, err = time.ParseDuration(value)
		}
		return w, err == nil
	}
	return wish{}, false
}

// code is the business code that the wish names.
func (w wish) code() int {
	code, _ := strconv.Atoi(w.value) // newWish has checked it
	return code
}

// faults are those that the next calls get, whatever their prompt.
type faults struct {
	script map[Moment][]string
	rates  map[Moment]map[string]float64
	dice   *rand.Rand
	// unknownIs50215: a query for a task that is not there is refused with 50215
	// instead of answered with not_found. Both have been seen.
	unknownIs50215 bool
}

// next takes the fault of the call that is being made, if there is one. A fault of
// AtDone waits for a query that finds the pictures done.
func (f *faults) next(list Moment, done bool) []wish {
	if script := f.script[list]; len(script) > 0 {
		wishes := force(script[0])
		if !done && len(wishes) > 0 && wishes[0].Moment == AtDone {
			return nil
		}
		f.script[list] = script[1:]
		return wishes
	}
	var wishes []wish
	for name, rate := range f.rates[list] {
		if f.dice.Float64() < rate {
			wishes = append(wishes, force(name)...)
		}
	}
	return wishes
}

// force makes a wish of "name" or "name=value"; there is none for "", a call without
// fault.
func force(text string) []wish {
	name, value, _ := strings.Cut(text, "=")
	w, ok := newWish(name, value)
	if !ok {
		return nil
	}
	w.forced = true
	return []wish{w}
}

// due tells whether a wish strikes this time, and counts it.
func (s *Server) due(w wish, prompt string) bool {
	if w.forced || w.times == 0 {
		return true
	}
	return s.seen.add(key("fault", w.Name, prompt)) < w.times
}

// key is what seen counts by.
func key(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p)) // a hash never fails
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

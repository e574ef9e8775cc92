package visual

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// The words for a job's state.
const (
	statusQueued     = "in_queue"
	statusGenerating = "generating"
	statusDone       = "done" // success or failure: the code decides
	statusNotFound   = "not_found"
	statusExpired    = "expired"
)

const (
	codeInvalidInput = "50215" // of a poll: the job id means nothing any more
	// maxPictures bounds what is taken from one answer: sets end at 15.
	maxPictures = 16
	maxLink     = 8 << 10 // bytes of a link
)

// Result asks after the job of that id. Asking is free and may be repeated.
//
// Every error is a [*task.Error]. [catalog.CodeProviderLost] means that the
// provider does not know the job. Kinds [task.Throttled], [task.Misconfigured] and
// [task.Unavailable] with a code that bounds no calls (Fault.Calls is 0) say
// nothing about the job: ask again. [catalog.CodeProviderInternal] is how a broken
// job is reported, and a broken query too: only its repetition tells. All else is
// how the job ended.
func (c *Client) Result(ctx context.Context, model, id string) (task.Result, error) {
	label := labelled(c.label, id)
	body, err := resultBody(model, id, label)
	if err != nil {
		return task.Result{}, catalog.NewError(catalog.CodeInternal, err)
	}
	a, err := c.call(ctx, asking, model, body)
	if err != nil {
		return task.Result{}, c.maybeLost(err)
	}
	var d resultData
	if err := a.decode(&d); err != nil {
		return task.Result{}, c.unclearAnswer(asking, a, err)
	}
	switch d.Status {
	case statusQueued, statusGenerating:
		return task.Result{}, nil
	case statusDone:
		r, err := c.pictures(a, d)
		r.Label = label
		return r, err
	case statusNotFound, statusExpired:
		return task.Result{}, c.told(catalog.CodeProviderLost, a, fmt.Errorf("job is %s", d.Status))
	default:
		return task.Result{}, c.unclearAnswer(asking, a, fmt.Errorf("job is in state %q", c.brief(d.Status)))
	}
}

// maybeLost turns the code that some models give for an unknown job into its row.
func (c *Client) maybeLost(err error) error {
	var e *task.Error
	if !errors.As(err, &e) || e.ProviderCode != codeInvalidInput {
		return err
	}
	lost := catalog.NewError(catalog.CodeProviderLost, e.Err)
	lost.ProviderCode, lost.RequestID = e.ProviderCode, e.RequestID
	return lost
}

// pictures takes links, or else the pictures themselves, of a job that is done.
func (c *Client) pictures(a answer, d resultData) (task.Result, error) {
	r := task.Result{Done: true}
	for _, link := range d.Links[:min(len(d.Links), maxPictures)] {
		if link != "" && len(link) <= maxLink {
			r.Links = append(r.Links, string(link))
		}
	}
	if len(r.Links) == 0 {
		empty := func(b []byte) bool { return len(b) == 0 }
		r.Data = slices.DeleteFunc(d.Base64[:min(len(d.Base64), maxPictures)], empty)
	}
	if len(r.Links) == 0 && len(r.Data) == 0 {
		return task.Result{}, c.told(catalog.CodeProviderNoPicture, a, errors.New("done without a picture"))
	}
	return r, nil
}

// told is a failure that the provider reported under its code for success.
func (c *Client) told(code task.Code, a answer, cause error) error {
	e := catalog.NewError(code, c.broken(asking, cause))
	e.RequestID = c.brief(a.RequestID)
	return e
}

package visual

import (
	"context"
	"errors"

	"volcimage/internal/task"
)

// Submit begins one picture, or one coherent set, and answers the provider's job
// id. It costs money and is sent once, over a connection of its own.
//
// Every error is a [*task.Error]. One of kind [task.Unknown] means that the call
// may have been carried out all the same, and charged; any other kind means that
// it surely was not.
func (c *Client) Submit(ctx context.Context, p task.Params) (id string, err error) {
	body, err := submitBody(p)
	if err != nil {
		return "", err
	}
	a, err := c.call(ctx, submitting, p.Model, body)
	if err != nil {
		return "", err
	}
	var d submitData
	if err := a.decode(&d); err != nil {
		return "", c.unclearAnswer(submitting, a, err)
	}
	if d.TaskID == "" || len(d.TaskID) > maxJobID {
		return "", c.unclearAnswer(submitting, a, errors.New("no job id in the answer"))
	}
	return string(d.TaskID), nil
}

// maxJobID bounds an id in bytes. Those seen have twenty.
const maxJobID = 256

// unclearAnswer is a success whose content makes no sense.
func (c *Client) unclearAnswer(op operation, a answer, cause error) error {
	e := c.unclear(op, c.broken(op, cause))
	e.RequestID = c.brief(a.RequestID)
	return e
}

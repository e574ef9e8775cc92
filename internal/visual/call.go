package visual

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// operation is one of the two things that the service is asked.
type operation struct {
	action string
	paid   bool
	limit  int64 // bytes of an answer
}

var (
	// A submit's answer holds an id.
	submitting = operation{action: actionSubmit, paid: true, limit: 1 << 20}
	// A result's holds links; some models send the pictures themselves, in base64.
	asking = operation{action: actionResult, limit: 64 << 20}
)

// call sends one request and judges what comes back. Every error is a
// [*task.Error]. It never sends a paid request twice.
func (c *Client) call(ctx context.Context, op operation, model string, body map[string]any) (answer, error) {
	payload, err := json.Marshal(body)
	if err != nil {
		return answer{}, catalog.NewError(catalog.CodeInternal, fmt.Errorf("%s: %w", op.action, err))
	}
	x := &exchange{paid: op.paid, limit: op.limit}
	start := time.Now()
	// The status that comes back is invented where no answer came, and the error
	// quotes the whole body: x knows better.
	raw, _, err := c.sdk.CtxJson(x.watch(ctx), op.action, nil, string(payload))
	a, failed := c.judge(ctx, op, x, raw, err)
	c.log.DebugContext(ctx, "provider call", "action", op.action, "model", model, "http_status", x.status,
		"code", c.brief(a.Code), "request_id", c.brief(a.RequestID), "ms", time.Since(start).Milliseconds(),
		"error_code", task.CodeOf(failed))
	return a, failed
}

// brief is a code or an id as it may be logged and stored.
func (c *Client) brief(t text) string { return cut(c.redact(string(t)), maxCode) }

// judge tells what a call came to.
func (c *Client) judge(ctx context.Context, op operation, x *exchange, raw []byte, err error) (answer, error) {
	switch {
	case x.status == 0 && !x.connected.Load():
		return answer{}, catalog.NewError(catalog.CodeProviderUnreachable, c.broken(op, err))
	case x.status == 0:
		return answer{}, c.unclear(op, c.broken(op, err))
	case x.bodyErr != nil:
		return answer{}, c.unclear(op, fmt.Errorf("%s: HTTP %d, body: %w", op.action, x.status, x.bodyErr))
	}
	a, err := parseAnswer(raw)
	if err != nil {
		return answer{}, c.noCode(op, x, err)
	}
	if !a.success() {
		return a, c.refused(ctx, op, x, a)
	}
	return a, nil
}

// broken is a failure of the connection without the SDK's and net/http's own
// words around it.
func (c *Client) broken(op operation, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("%s: %w", op.action, err)
}

// unclear is a call that may have been carried out, for all we know. Of a paid one
// that is to be told; a question is simply asked again.
func (c *Client) unclear(op operation, cause error) *task.Error {
	if op.paid {
		return catalog.NewError(catalog.CodeProviderOutcomeUnknown, cause)
	}
	return catalog.NewError(catalog.CodeProviderAnswer, cause)
}

// noCode judges an answer that is not the service's: a proxy's or a gateway's
// page. Its status decides. Of 500, 502 and 504 nobody knows whether the call had
// been passed on before.
func (c *Client) noCode(op operation, x *exchange, why error) error {
	cause := fmt.Errorf("%s: HTTP %d: %w", op.action, x.status, why)
	f, _ := catalog.ByProviderCode(x.status, "")
	if f.Code == catalog.CodeProviderAnswer {
		return c.unclear(op, cause)
	}
	e := catalog.NewError(f.Code, cause)
	e.RetryAfter = x.retryAfter
	return e
}

// refused judges an answer with a failing code, whatever its HTTP status.
func (c *Client) refused(ctx context.Context, op operation, x *exchange, a answer) error {
	code := c.brief(a.Code)
	f, known := catalog.ByProviderCode(x.status, string(a.Code))
	if !known {
		c.unknown.add(code)
		c.log.WarnContext(ctx, "provider code not in the table", "action", op.action, "http_status", x.status,
			"code", code, "message", c.redact(string(a.Message)), "request_id", c.brief(a.RequestID), "classed", f.Code)
	}
	e := catalog.NewError(f.Code, fmt.Errorf("%s: HTTP %d: %s", op.action, x.status, c.redact(string(a.Message))))
	e.ProviderCode, e.RequestID, e.RetryAfter = code, c.brief(a.RequestID), x.retryAfter
	return e
}

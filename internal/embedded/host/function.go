package host

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Function is a deployed function: event JSON in, answer JSON out. It is called
// by many at once. What [lambda.NewHandler] makes is not fit for that: it returns
// a buffer that it has already given back to its pool (v1.55.1), so that two
// calls at once can get each other's answer.
//
// [lambda.NewHandler]: https://pkg.go.dev/github.com/aws/aws-lambda-go/lambda#NewHandler
type Function func(ctx context.Context, payload []byte) ([]byte, error)

// lenient has what is no UTF-8 replaced, as encoding/json does, and not refused: a
// client's header may hold any byte.
var lenient = jsontext.AllowInvalidUTF8(true)

// NewFunction makes a Function of a handler, as [lambda.Start] does: the event is
// decoded, the answer encoded without escaping HTML. Both pass through JSON as they do on
// Lambda, and here that is a good part of a request's work: hence the faster package,
// which is what the standard library's is to become.
//
// [lambda.Start]: https://pkg.go.dev/github.com/aws/aws-lambda-go/lambda#Start
func NewFunction[In, Out any](handle func(context.Context, In) (Out, error)) Function {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		var in In
		if err := json.Unmarshal(payload, &in, lenient); err != nil {
			return nil, fmt.Errorf("decode event: %w", err)
		}
		out, err := handle(ctx, in)
		if err != nil {
			return nil, err
		}
		answer, err := json.Marshal(out, lenient)
		if err != nil {
			return nil, fmt.Errorf("encode answer: %w", err)
		}
		return answer, nil
	}
}

// NewScheduled makes a Function of a handler that answers nothing.
func NewScheduled(handle func(context.Context, events.EventBridgeEvent) error) Function {
	return NewFunction(func(ctx context.Context, e events.EventBridgeEvent) (struct{}, error) {
		return struct{}{}, handle(ctx, e)
	})
}

// panicError is a panic in a function. On Lambda it would end the instance and
// fail the call; here it fails the call.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// invoke calls the function as Lambda does: with a deadline and a request id, and
// cut off from panics. The id is that of the call, where it has none yet.
func (f Function) invoke(ctx context.Context, timeout time.Duration, id string, payload []byte) (out []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			out, err = nil, &panicError{v, debug.Stack()}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ctx = lambdacontext.NewContext(ctx, &lambdacontext.LambdaContext{AwsRequestID: id})
	return f(ctx, payload)
}

func newID() string { return rand.Text() }

// outliving is a context that ends grace after ctx does: what has begun when the
// service is told to stop gets that long to finish.
func outliving(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(grace)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-work.Done():
		}
	})
	return work, func() {
		stop()
		cancel()
	}
}

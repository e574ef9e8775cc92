package clients

import (
	"context"
	"sync/atomic"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// tolerated is how far a machine's clock may be off unnoticed. Answers tell the time
// in whole seconds; a lease lasts 5 s longer than its work.
const tolerated = 2 * time.Second

// Clock is the table's clock, as its answers tell it. Leases that several machines
// keep must be measured by one clock: a machine that runs ahead would take a lease
// that has not ended, and pay for a call once more that is still under way.
type Clock struct{ off atomic.Int64 }

// Now is the machine's time, mended where it is off. A step reads its row before it
// asks for the time, so the table has answered by then.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.off.Load())) }

// attach lets the clock listen to a client's answers.
func (c *Clock) attach(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Clock", c.listen), middleware.Before)
}

func (c *Clock) listen(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	out, meta, err := next.HandleInitialize(ctx, in)
	if off, ok := awsmiddleware.GetAttemptSkew(meta); ok {
		if off.Abs() <= tolerated {
			off = 0
		}
		c.off.Store(int64(off))
	}
	return out, meta, err
}

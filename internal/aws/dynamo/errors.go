package dynamo

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// classed gives an error its kind: what the SDK would try again (throttled, the
// network, a fault of DynamoDB) is [task.Unavailable] once it has given up. The
// rest is our own mistake, or the end of the caller's context, and stays as it is.
func classed(err error) error {
	if retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary {
		return unavailable(err)
	}
	return err
}

func unavailable(err error) error {
	return &task.Error{Kind: task.Unavailable, Code: catalog.CodeUnavailable, Err: err}
}

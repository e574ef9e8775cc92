package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// setHuma sets the variables of huma's package, which are all the same for every
// instance: its own errors become [Problem], and names of fields are compared
// exactly, and a list is never null.
var setHuma = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return humaProblem(context.Background(), status, msg, errs)
	}
	huma.NewErrorWithContext = func(c huma.Context, status int, msg string, errs ...error) huma.StatusError {
		ctx := context.Background()
		if c != nil {
			ctx = c.Context()
		}
		return humaProblem(ctx, status, msg, errs)
	}
})

// codeOfHuma are the statuses that huma finds by itself once strict is passed. It
// answers 0 to be asked for the type.
var codeOfHuma = map[int]task.Code{
	0:                              catalog.CodeInternal,
	http.StatusBadRequest:          catalog.CodeMalformedJSON,
	http.StatusUnprocessableEntity: catalog.CodeInvalid,
}

func humaProblem(ctx context.Context, status int, msg string, errs []error) *Problem {
	code, ok := codeOfHuma[status]
	if !ok { // its text belongs in the log alone
		return newProblem(ctx, errors.Join(append(errs, errors.New(msg))...))
	}
	e := &task.Error{Kind: task.Invalid, Code: code}
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			e.Fields = append(e.Fields, fieldError(d.ErrorDetail()))
		}
	}
	sortFields(e)
	return newProblem(ctx, e)
}

// fieldError is one of huma's findings. For a name that it does not know, huma
// gives the object around it as the value; for one that is missing, the object as
// the place.
func fieldError(d *huma.ErrorDetail) task.FieldError {
	f := task.FieldError{Location: d.Location, Message: d.Message, Value: d.Value}
	around, ok := d.Value.(map[string]any)
	if !ok {
		return f
	}
	f.Value = around[strings.TrimPrefix(d.Location, "body.")]
	if name, ok := strings.CutPrefix(d.Message, "expected required property "); ok {
		name = strings.TrimSuffix(name, " to be present")
		f = task.FieldError{Location: d.Location + "." + name, Message: "is required"}
	}
	return f
}

package task_test

import (
	"errors"
	"fmt"
	"testing"

	"volcimage/internal/task"
)

func TestAnErrorKeepsItsKindAndCodeThroughWrapping(t *testing.T) {
	cause := errors.New("disk full")
	err := fmt.Errorf("store: %w", &task.Error{Kind: task.Unavailable, Code: "storage_failed", ProviderCode: "50500", Err: cause,
		Fields: []task.FieldError{{Location: "body.width", Message: "too wide"}}})
	if task.KindOf(err) != task.Unavailable || task.CodeOf(err) != "storage_failed" || !errors.Is(err, cause) {
		t.Errorf("kind %v, code %q, cause kept %v", task.KindOf(err), task.CodeOf(err), errors.Is(err, cause))
	}
	want := "store: storage_failed (provider code 50500); body.width: too wide: disk full"
	if err.Error() != want {
		t.Errorf("text %q, want %q", err, want)
	}
}

func TestAnErrorNobodyClassedIsInternal(t *testing.T) {
	if err := errors.New("x"); task.KindOf(err) != task.Internal || task.CodeOf(err) != "" {
		t.Errorf("kind %v, code %q; want internal and none", task.KindOf(err), task.CodeOf(err))
	}
}

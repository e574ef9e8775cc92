package task_test

import (
	"testing"

	"volcimage/internal/task"
)

// allowed is every move of a task's life, written out a second time on purpose:
// a move that is added to the code by accident turns this red.
var allowed = map[[2]task.Status]bool{
	{"", task.Pending}:                true,
	{task.Pending, task.Processing}:   true,
	{task.Pending, task.Cancelled}:    true,
	{task.Processing, task.Completed}: true,
	{task.Processing, task.Partial}:   true,
	{task.Processing, task.Failed}:    true,
	{task.Processing, task.Cancelled}: true,
	{task.Partial, task.Pending}:      true,
	{task.Failed, task.Pending}:       true,
	{task.Cancelled, task.Pending}:    true,
}

func TestEveryPairOfStatusesIsAllowedOrRefusedAsDesigned(t *testing.T) {
	from := append([]task.Status{""}, task.Statuses...)
	for _, a := range from {
		for _, b := range from {
			if got, want := a.CanMove(b), allowed[[2]task.Status{a, b}]; got != want {
				t.Errorf("%q → %q: allowed = %v, want %v", a, b, got, want)
			}
		}
	}
}

func TestOnlyPendingAndProcessingAreNotOver(t *testing.T) {
	for _, s := range task.Statuses {
		want := s != task.Pending && s != task.Processing
		if got := s.Over(); got != want {
			t.Errorf("%s.Over() = %v, want %v", s, got, want)
		}
		if !s.Valid() {
			t.Errorf("%s is not valid", s)
		}
	}
	if task.Status("DELETED").Valid() {
		t.Error("DELETED is valid, want not")
	}
}

package task_test

import (
	"fmt"
	"testing"
	"time"

	"volcimage/internal/task"
)

func limits(total, ofModel int) task.Limits {
	return task.Limits{Total: total, Model: func(string) int { return ofModel }}
}

func job(owner task.Owner, model string, n int) *task.Job {
	return &task.Job{Ref: task.Ref{Owner: owner, Task: task.ID(fmt.Sprintf("%026d", n)), N: 0}, Model: model}
}

func heads(jobs ...*task.Job) []task.Head {
	var h []task.Head
	for i, j := range jobs {
		h = append(h, task.Head{Ref: j.Ref, Model: j.Model, CreatedAt: noon.Add(time.Duration(i) * time.Second)})
	}
	return h
}

func TestSlotsAreBoundedInAllAndByModel(t *testing.T) {
	var s task.Slots
	l := limits(3, 2)
	for i, want := range []bool{true, true, false} {
		h, ok := s.Next(heads(job("ann", "a", i)), l, noon)
		if ok != want {
			t.Fatalf("slot %d of model a granted: %v, want %v", i, ok, want)
		}
		if ok {
			s.Take(&task.Job{Ref: h.Ref, Model: h.Model}, noon)
		}
	}
	b := job("ann", "b", 9)
	if _, ok := s.Next(heads(job("ann", "a", 8), b), l, noon); !ok {
		t.Fatal("model b has no slot though one is free in all")
	}
	s.Take(b, noon)
	if !s.Full(l, noon) {
		t.Error("three of three in flight, but not full")
	}
	s.Leave(b.Ref)
	if s.Full(l, noon) {
		t.Error("two of three in flight, but full")
	}
}

func TestNobodyWaitsForMoreThanTheJobsInFlightOfAnother(t *testing.T) {
	var s task.Slots
	l := limits(5, 5)
	for i := range 5 { // ann fills all slots, and has 495 more waiting
		s.Take(job("ann", "m", i), noon)
	}
	s.Leave(job("ann", "m", 0).Ref)
	ann, bob := job("ann", "m", 6), job("bob", "m", 7)
	h, ok := s.Next(heads(ann, bob), l, noon)
	if !ok || h.Owner != "bob" {
		t.Errorf("the free slot goes to %q (%v), want bob, who holds none", h.Owner, ok)
	}
}

func TestOwnersTakeTurns(t *testing.T) {
	var s task.Slots
	l := limits(1, 1)
	var got []task.Owner
	for i := range 6 {
		now := noon.Add(time.Duration(i) * time.Second)
		h, ok := s.Next(heads(job("ann", "m", i), job("bob", "m", i), job("eve", "m", i)), l, now)
		if !ok {
			t.Fatalf("turn %d: no slot", i)
		}
		got = append(got, h.Owner)
		j := &task.Job{Ref: h.Ref, Model: h.Model}
		s.Take(j, now)
		s.Leave(j.Ref)
	}
	if want := "[ann bob eve ann bob eve]"; fmt.Sprint(got) != want {
		t.Errorf("served in order %v, want %s", got, want)
	}
}

func TestAnOrphanedSlotIsFreeAtItsTimeAndNotBefore(t *testing.T) {
	var s task.Slots
	l := limits(1, 1)
	j := job("ann", "m", 1)
	s.Take(j, noon)
	s.Orphan(j.Ref, noon.Add(time.Minute))
	s.Leave(j.Ref) // the job itself no longer holds it
	if !s.Full(l, noon.Add(59*time.Second)) {
		t.Error("the slot of a call that may still run was given up early")
	}
	if s.Full(l, noon.Add(time.Minute)) {
		t.Error("the slot is not free at its time")
	}
	s.Take(job("bob", "m", 2), noon.Add(time.Minute))
	if len(s.Holds) != 1 {
		t.Errorf("%d slots held, want the orphan forgotten", len(s.Holds))
	}
}

func TestThrottlingNarrowsAModelForAWhile(t *testing.T) {
	var s task.Slots
	l := limits(5, 5)
	for i := range 3 {
		s.Take(job("ann", "m", i), noon)
	}
	s.Throttled("m", noon, 0)
	s.Leave(job("ann", "m", 0).Ref)
	next := heads(job("ann", "m", 9))
	if _, ok := s.Next(next, l, noon); ok {
		t.Error("two in flight after throttling at three, and another was granted")
	}
	if _, ok := s.Next(heads(job("ann", "other", 9)), l, noon); !ok {
		t.Error("another model was narrowed too")
	}
	if _, ok := s.Next(next, l, noon.Add(time.Minute)); !ok {
		t.Error("a minute later the model is still narrowed")
	}
	s.Leave(job("ann", "m", 1).Ref)
	s.Leave(job("ann", "m", 2).Ref)
	s.Throttled("m", noon, 0)
	if _, ok := s.Next(next, l, noon); !ok {
		t.Error("with none in flight the model is closed, want one slot always")
	}
}

func TestAPauseGrantsNothing(t *testing.T) {
	s := task.Slots{Paused: true}
	if _, ok := s.Next(heads(job("ann", "m", 1)), limits(5, 5), noon); ok || !s.Full(limits(5, 5), noon) {
		t.Error("a slot was granted in a pause")
	}
}

func TestExpectedIsTheMedianOfTheLastTwenty(t *testing.T) {
	var s task.Slots
	if got := s.Expected("m", 15*time.Second); got != 15*time.Second {
		t.Errorf("with nothing measured expected %v, want the catalog's 15s", got)
	}
	for range 30 {
		s.Finished("m", time.Hour)
	}
	for i := range 20 {
		s.Finished("m", time.Duration(i)*time.Second)
	}
	if got, want := s.Expected("m", 0), 10*time.Second; got != want {
		t.Errorf("expected %v, want the median %v of the last twenty", got, want)
	}
}

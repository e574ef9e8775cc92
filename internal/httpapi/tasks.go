package httpapi

import (
	"context"
	"fmt"

	"volcimage/internal/task"
)

type taskInput struct {
	ID task.ID `path:"id" doc:"The task's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
}

// known answers the same error for what cannot be an id as for one that is not there.
func known(id task.ID) error {
	if !id.Valid() {
		return task.ErrNotFound
	}
	return nil
}

type taskOutput struct{ Body Task }

func (s *service) get(ctx context.Context, in *taskInput) (*taskOutput, error) {
	return s.one(ctx, in, "get", s.Library.Get)
}

func (s *service) cancel(ctx context.Context, in *taskInput) (*taskOutput, error) {
	return s.one(ctx, in, "cancel", s.Library.Cancel)
}

func (s *service) retry(ctx context.Context, in *taskInput) (*taskOutput, error) {
	return s.one(ctx, in, "retry", s.Submit.Retry)
}

func (s *service) hold(ctx context.Context, in *taskInput) (*taskOutput, error) {
	return s.one(ctx, in, "hold", s.Submit.Hold)
}

func (s *service) release(ctx context.Context, in *taskInput) (*taskOutput, error) {
	return s.one(ctx, in, "release", s.Submit.Release)
}

func (s *service) next(ctx context.Context, in *taskInput) (*taskOutput, error) {
	return s.one(ctx, in, "put in front", s.Submit.Next)
}

// one does something to one task and shows it.
func (s *service) one(ctx context.Context, in *taskInput, verb string,
	do func(context.Context, task.Owner, task.ID) (task.Task, error),
) (*taskOutput, error) {
	if err := known(in.ID); err != nil {
		return nil, err
	}
	t, err := do(ctx, requestOf(ctx).owner, in.ID)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", verb, in.ID, err)
	}
	view, err := s.viewer(ctx).task(&t)
	if err != nil {
		return nil, err
	}
	return &taskOutput{view}, nil
}

type tasksInput struct {
	IDs []task.ID `query:"ids" required:"true" minItems:"1" maxItems:"50" doc:"Ids, by comma" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
}

// Tasks are those that were asked for and are there, in the order asked.
type Tasks struct {
	Items []Task `json:"items"`
}

type tasksOutput struct{ Body Tasks }

func (s *service) getMany(ctx context.Context, in *tasksInput) (*tasksOutput, error) {
	var ids []task.ID
	seen := map[task.ID]bool{}
	for _, id := range in.IDs { // one that cannot be an id is like one that is not there
		if id.Valid() && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	found, err := s.Library.GetMany(ctx, requestOf(ctx).owner, ids)
	if err != nil {
		return nil, fmt.Errorf("get %d tasks: %w", len(ids), err)
	}
	items, err := s.viewer(ctx).tasks(found)
	if err != nil {
		return nil, err
	}
	return &tasksOutput{Tasks{Items: items}}, nil
}

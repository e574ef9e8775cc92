package httpapi

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"volcimage/internal/task"
)

const binPath = base + "/bin"

func (s *service) registerBin() {
	add(s, s.operation(huma.Operation{
		OperationID: "delete-task", Method: http.MethodDelete, Path: taskPath + "{id}", DefaultStatus: http.StatusNoContent,
		Summary:     "Throw a task away",
		Description: "It lies in the bin for 30 days, listed no more, and can be restored; a run that is not over is cancelled. With now=true it is gone for every reader at once, its pictures too.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
		Responses:   example(http.StatusNoContent, "In the bin, or deleted", nil),
	}), s.delete)
	add(s, s.operation(huma.Operation{
		OperationID: "restore-task", Method: http.MethodPost, Path: taskPath + "{id}/restore",
		Summary:     "Take a task out of the bin",
		Description: "It is as it was, but for a run that the bin cancelled. One that is not in the bin stays as it is.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
		Responses:   example(http.StatusOK, "The task, listed again", nil),
	}), s.restore)
	add(s, s.operation(huma.Operation{
		OperationID: "empty-bin", Method: http.MethodPost, Path: binPath + "/empty",
		Summary:     "Empty the bin",
		Description: "Deletes what lies in the bin for good, at most 100 tasks in a request, what lay there longest first: ask again until done is true. Where nobody does for a minute, the rest goes by itself. The space is free once nothing of them is at the provider any more.",
		Errors:      []int{http.StatusConflict},
		Responses:   example(http.StatusOK, "What was deleted", Emptied{Deleted: 12, FreedBytes: 37748736, Done: true}),
	}), s.emptyBin)
}

type deleteInput struct {
	ID  task.ID `path:"id" doc:"The task's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Now string  `query:"now" enum:"true,false" doc:"true deletes it for good, without the way through the bin"`
}

type deleteOutput struct{}

func (s *service) delete(ctx context.Context, in *deleteInput) (*deleteOutput, error) {
	if err := known(in.ID); err != nil {
		return nil, err
	}
	var err error
	if in.Now == "true" {
		err = s.Library.Delete(ctx, requestOf(ctx).owner, in.ID)
	} else {
		_, _, err = s.Library.Bin(ctx, requestOf(ctx).owner, in.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("delete %s: %w", in.ID, err)
	}
	return &deleteOutput{}, nil
}

func (s *service) restore(ctx context.Context, in *taskInput) (*taskOutput, error) {
	return s.one(ctx, in, "restore", func(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
		t, _, err := s.Library.Restore(ctx, o, id)
		return t, err
	})
}

// Emptied is what was removed from the bin.
type Emptied struct {
	Deleted    int   `json:"deleted" doc:"Tasks" example:"12"`
	FreedBytes int64 `json:"freed_bytes" doc:"Of pictures and thumbnails" example:"37748736"`
	Done       bool  `json:"done" doc:"Nothing is left; otherwise ask again"`
}

type emptiedOutput struct{ Body Emptied }

// emptiedAtOnce is how many tasks one request deletes: each is a few reads and a
// write of the table.
const emptiedAtOnce = 100

func (s *service) emptyBin(ctx context.Context, _ *struct{}) (*emptiedOutput, error) {
	o, now := requestOf(ctx).owner, s.Now()
	gone, err := s.Library.ClearBin(ctx, o, now, emptiedAtOnce, 0)
	if err == nil {
		err = s.Library.KeepRest(ctx, o, task.Rest{Bin: now}, !gone.More)
	}
	if err != nil {
		return nil, fmt.Errorf("empty the bin: %w", err)
	}
	return &emptiedOutput{Emptied{Deleted: gone.Tasks, FreedBytes: gone.Bytes, Done: !gone.More}}, nil
}

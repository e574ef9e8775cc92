package metrics

import (
	"context"
	"slices"
	"time"

	"volcimage/internal/task"
)

// Submitter accepts requests that cost money, and orders what waits.
type Submitter interface {
	SubmitMany(ctx context.Context, o task.Owner, order task.Order) ([]task.Placed, error)
	Again(ctx context.Context, o task.Owner, id task.ID, a task.Again) (t task.Task, replayed bool, err error)
	Retry(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Hold(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Release(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Next(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Arrange(ctx context.Context, o task.Owner, ids []task.ID) ([]task.Task, error)
}

// Submitter counts the calls that people ask for. A request that is answered with
// what an earlier one made asks for none.
func (r *Recorder) Submitter(s Submitter) Submitter { return &submitter{s, r} }

type submitter struct {
	Submitter
	r *Recorder
}

func (s *submitter) SubmitMany(ctx context.Context, o task.Owner, order task.Order) ([]task.Placed, error) {
	placed, err := s.Submitter.SubmitMany(ctx, o, order)
	jobs := 0
	for _, p := range placed {
		if !p.Replayed {
			jobs += p.Params.Jobs()
		}
	}
	if jobs > 0 {
		s.r.write("", value{"PicturesOrdered", count, float64(jobs)})
	}
	return placed, err
}

func (s *submitter) Again(ctx context.Context, o task.Owner, id task.ID, a task.Again) (task.Task, bool, error) {
	t, replayed, err := s.Submitter.Again(ctx, o, id, a)
	if err == nil && !replayed {
		s.r.write("", value{"PicturesOrdered", count, float64(t.Params.Jobs())})
	}
	return t, replayed, err
}

// Retry orders anew what is missing. Of that, what is still at the provider costs
// nothing and is counted all the same: nobody can tell from outside.
func (s *submitter) Retry(ctx context.Context, o task.Owner, id task.ID) (task.Task, error) {
	t, err := s.Submitter.Retry(ctx, o, id)
	if err == nil {
		jobs := map[int]bool{}
		for _, im := range t.Images {
			if !im.Status.Over() {
				jobs[im.Job] = true
			}
		}
		s.r.write("", value{"PicturesOrdered", count, float64(len(jobs))})
	}
	return t, err
}

const (
	// overdueAfter is how late a job must be to count as overdue. The janitor hints
	// within a minute, so that more has gone wrong.
	overdueAfter = 5 * time.Minute
	// maxOverdue is how far they are counted.
	maxOverdue = 100
)

// Sweep counts the jobs that are overdue before each sweep. due lists those whose
// time has come, at most limit of them.
func (r *Recorder) Sweep(due func(ctx context.Context, now time.Time, limit int) ([]task.Ref, error), next func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if late, err := due(ctx, r.now().Add(-overdueAfter), maxOverdue); err == nil { // a sweep reads the same, and says what is wrong
			late = slices.DeleteFunc(late, func(r task.Ref) bool { return r.N == task.IndexStep })
			r.write("", value{"JobsOverdue", count, float64(len(late))})
		}
		return next(ctx)
	}
}

// Swept counts what a sweep did: jobs hinted, tasks removed by age or space, objects
// without a row removed, and pictures found missing. What it did not do is not
// written: CloudWatch charges for each hour in which a metric has a value.
func (r *Recorder) Swept(hinted, removed, orphans, gone int) {
	var did []value
	for _, v := range []value{
		{"JobsHinted", count, float64(hinted)}, {"TasksRemoved", count, float64(removed)},
		{"OrphansRemoved", count, float64(orphans)}, {"PicturesGone", count, float64(gone)},
	} {
		if v.n > 0 {
			did = append(did, v)
		}
	}
	if did != nil {
		r.write("", did...)
	}
}

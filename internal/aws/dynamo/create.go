package dynamo

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"volcimage/internal/task"
)

// Create writes a new task with its jobs, or answers the one that the same
// idempotency key made before. The jobs given have their version afterwards.
func (s *Store) Create(ctx context.Context, sub task.Submission) (t task.Task, replayed bool, err error) {
	sub.Task.Version, sub.Task.Indexed, sub.Task.Marks, sub.Task.MarkedBytes = 0, false, nil, 0
	err = s.carryOut(ctx, s.creation(sub))
	if refused := task.KindOf(err) == task.Conflict || task.KindOf(err) == task.Limited; refused && sub.Key != "" {
		// Whatever refused it: a key that was used comes first.
		if t, replayed, err = s.recall(ctx, sub, err); replayed {
			return t, true, nil
		}
	}
	if err != nil {
		return task.Task{}, false, fmt.Errorf("create task %s: %w", sub.Task.ID, err)
	}
	sub.Task.Version = 1
	for _, j := range sub.Jobs {
		j.Version = 1
	}
	return sub.Task, false, nil
}

func (s *Store) creation(sub task.Submission) writes {
	w := writes{table: s.table}
	if sub.Key != "" {
		forgotten := expression.Name(attrCreatedAt).LessThanEqual(expression.Value(nanos(sub.Task.CreatedAt.Add(-task.KeyTTL))))
		w.put(newKeyItem(sub), absent().Or(forgotten), task.ErrConflict)
	}
	w.spend(sub.Spend)
	w.put(newTaskItem(&sub.Task, 1), absent(), task.ErrConflict)
	if sub.Task.DeletedAt.IsZero() {
		w.overwrite(newIndexDueItem(&sub.Task))
	}
	for _, j := range sub.Jobs {
		w.put(newJobItem(j, 1), absent(), task.ErrConflict)
	}
	return w
}

// recall answers what the submission's key made before, or cause where it made
// nothing. A key whose task is gone answers that it is not there: a client that
// repeats itself must not pay twice.
func (s *Store) recall(ctx context.Context, sub task.Submission, cause error) (task.Task, bool, error) {
	var i keyItem
	err := s.get(ctx, idempotencyKey(sub.Task.Owner, sub.Key), &i)
	switch {
	case task.KindOf(err) == task.NotFound:
		return task.Task{}, false, cause
	case err != nil:
		return task.Task{}, false, fmt.Errorf("read idempotency key: %w", err)
	case !moment(i.CreatedAt).After(sub.Task.CreatedAt.Add(-task.KeyTTL)):
		return task.Task{}, false, cause
	case !bytes.Equal(i.BodyHash, sub.BodyHash[:]):
		return task.Task{}, false, task.ErrKeyReused
	}
	t, err := s.Task(ctx, sub.Task.Owner, task.ID(i.Task))
	return t, err == nil, err
}

// spendKept is how long a day's count is kept.
const spendKept = 7 * 24 * time.Hour

// spend counts pictures against the day's limit, unless that would pass it.
func (w *writes) spend(p task.Spend) {
	if p.Images == 0 {
		return
	}
	b := expression.NewBuilder()
	u := expression.Add(expression.Name(attrImages), expression.Value(p.Images))
	if day, err := time.Parse(time.DateOnly, p.Day); err == nil {
		u = u.Set(expression.Name(TTLAttribute), expression.Value(day.Add(spendKept).Unix()))
	}
	if room := p.Limit - p.Images; p.Limit > 0 {
		fits := expression.Name(attrImages).LessThanEqual(expression.Value(room))
		if room >= 0 {
			fits = fits.Or(absent())
		}
		b = b.WithCondition(fits)
	}
	w.update(spendKey(p.Day), b.WithUpdate(u), task.ErrDailyLimit)
}

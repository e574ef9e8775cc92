package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"

	"volcimage/internal/search"
	"volcimage/internal/task"
)

// Save writes all rows of the change, or none: [task.ErrConflict] where a row is
// not as it was read, [task.ErrDailyLimit] where the spend is too much.
func (s *Store) Save(ctx context.Context, c task.Change) error {
	if c.Task != nil && c.Gone {
		// Before the row, which alone says what they are.
		if err := s.unpost(ctx, c.Task.Owner, c.Task.ID, search.Terms(c.Task)); err != nil {
			return fmt.Errorf("remove the words of task %s: %w", c.Task.ID, err)
		}
	}
	if err := s.carryOut(ctx, s.saving(c)); err != nil {
		return fmt.Errorf("save %s: %w", name(c), err)
	}
	c.Saved()
	if c.Task != nil && !c.Gone {
		c.Task.Marks = search.Marks(c.Task)
		c.Task.MarkedBytes = markedBytes(c.Task, c.Task.Marks)
	}
	return nil
}

func (s *Store) saving(c task.Change) writes {
	w := writes{table: s.table}
	if t := c.Task; t != nil && c.Gone {
		w.remove(taskKey(t.Owner, t.ID), unchanged(t.Version), task.ErrConflict)
		w.marks(t, nil)
		if !t.Indexed {
			w.drop(indexDueKey(t.Owner, t.ID))
		}
	} else if t != nil {
		w.task(t)
	}
	for _, t := range c.Moved {
		w.task(t)
	}
	for _, j := range c.Jobs {
		if c.Gone {
			w.remove(jobKey(j.Ref), unchanged(j.Version), task.ErrConflict)
		} else {
			w.put(newJobItem(j, j.Version+1), unchanged(j.Version), task.ErrConflict)
		}
	}
	w.slots(c.Slots)
	w.usage(c)
	w.spend(c.Spend)
	return w
}

func (w *writes) slots(s *task.Slots) {
	if s == nil {
		return
	}
	cond := absent() // nobody has saved them yet
	if s.Version > 0 {
		cond = unchanged(s.Version)
	}
	w.put(newSlotsItem(s, s.Version+1), cond, task.ErrConflict)
}

func (w *writes) usage(c task.Change) {
	if !c.CountsUsage() {
		return
	}
	u := expression.Add(expression.Name(attrBytes), expression.Value(c.Usage.Bytes)).
		Add(expression.Name(attrImages), expression.Value(c.Usage.Images))
	w.update(usageKey(ownerOf(c)), expression.NewBuilder().WithUpdate(u), task.ErrConflict)
}

func ownerOf(c task.Change) (o task.Owner) {
	switch {
	case c.Task != nil:
		o = c.Task.Owner
	case len(c.Jobs) > 0:
		o = c.Jobs[0].Owner
	}
	return o
}

// name is what the change is of, for an error's text.
func name(c task.Change) string {
	switch {
	case c.Task != nil:
		return "task " + string(c.Task.ID)
	case len(c.Jobs) > 0:
		return fmt.Sprintf("job %d of task %s", c.Jobs[0].N, c.Jobs[0].Task)
	}
	return "slots"
}

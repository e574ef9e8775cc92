package prompts

import (
	"context"
	"fmt"
	"time"

	"volcimage/internal/task"
)

// Used is a prompt as it was typed, with the task that used it last.
type Used struct {
	Prompt string
	Task   task.ID
	Model  string
	At     time.Time
}

// UsedPage is a list of prompts, each once. Next continues it, and is empty at its
// end; a page may be short, even empty, and still have one.
type UsedPage struct {
	Prompts []Used
	Next    task.ID
}

// tasksAtOnce is how many tasks are read together, readsAtMost how often a page reads.
const tasksAtOnce, readsAtMost = 100, 3

// Used lists the prompts that the owner has typed, the last first, with text in
// the language of the search box. They are those of the tasks that are kept, so that
// there is nothing to delete but tasks. A prompt that is used all along comes again on
// a later page.
func (s *Service) Used(ctx context.Context, o task.Owner, text string, before task.ID, limit int) (UsedPage, error) {
	var page UsedPage
	seen := map[string]bool{}
	for range readsAtMost {
		tasks, err := s.Store.List(ctx, task.Query{Owner: o, Text: text, Before: before, Limit: tasksAtOnce})
		if err != nil {
			return UsedPage{}, fmt.Errorf("list tasks: %w", err)
		}
		for _, t := range tasks.Tasks {
			typed := t.Typed
			if typed == "" {
				typed = t.Params.Prompt
			}
			switch {
			case seen[typed]:
			case len(page.Prompts) == limit:
				page.Next = before
				return page, nil
			default:
				seen[typed] = true
				page.Prompts = append(page.Prompts, Used{Prompt: typed, Task: t.ID, Model: t.Params.Model, At: t.CreatedAt})
			}
			before = t.ID
		}
		if before = tasks.Next; before == "" {
			return page, nil
		}
	}
	page.Next = before
	return page, nil
}

package sweep

import (
	"context"
	"fmt"
	"strings"
	"time"

	"volcimage/internal/task"
)

const (
	// pictures is where all pictures lie, by owner and task.
	pictures = "images/"
	// orphanAge is how old an object must be before it can be an orphan. No step
	// lasts so long, so whoever put it has named it by then or never will.
	orphanAge = time.Hour
	// maxLooked is how many objects, or tasks, one sweep compares.
	maxLooked = 500
	// maxNamed is how many keys one line of the log names.
	maxNamed = 5
)

// removeOrphans removes objects that no row names, from the next ones of its round.
// One whose key tells no task is somebody else's and is left alone.
func (s *Sweeper) removeOrphans(ctx context.Context) (int, error) {
	if !s.Cleanup {
		return 0, nil
	}
	return s.goRound(ctx, roundOfObjects, func(place string) (int, string, error) {
		page, next, err := s.Objects.List(ctx, pictures, place, maxLooked)
		if err != nil {
			return 0, place, fmt.Errorf("list objects: %w", err)
		}
		orphans, err := s.unnamed(ctx, page)
		if err != nil || len(orphans) == 0 {
			return 0, next, err
		}
		if err := s.Objects.Delete(ctx, orphans...); err != nil {
			return 0, place, fmt.Errorf("delete orphans: %w", err)
		}
		s.Log.WarnContext(ctx, "objects without a row removed", "objects", len(orphans), "keys", orphans[:min(maxNamed, len(orphans))])
		return len(orphans), next, nil
	})
}

// unnamed are the keys of those objects that are old enough and named by no row.
// Rows are read after the objects were listed: who is named later was not there.
func (s *Sweeper) unnamed(ctx context.Context, page []task.Stored) ([]string, error) {
	old := map[task.Owner]map[task.ID][]string{}
	for _, o := range page {
		owner, id, ok := taskOf(o.Key)
		if !ok || s.Now().Sub(o.At) < orphanAge {
			continue
		}
		if old[owner] == nil {
			old[owner] = map[task.ID][]string{}
		}
		old[owner][id] = append(old[owner][id], o.Key)
	}
	var orphans []string
	for owner, tasks := range old {
		ids := make([]task.ID, 0, len(tasks))
		for id := range tasks {
			ids = append(ids, id)
		}
		rows, err := s.Store.Tasks(ctx, owner, ids)
		if err != nil {
			return nil, fmt.Errorf("read tasks of objects: %w", err)
		}
		named := map[string]bool{}
		for _, t := range rows {
			for _, im := range t.Images {
				named[im.Key], named[im.ThumbnailKey] = true, true
			}
		}
		for _, keys := range tasks {
			for _, key := range keys {
				if !named[key] {
					orphans = append(orphans, key)
				}
			}
		}
	}
	return orphans, nil
}

// taskOf is the task that an object's key tells.
func taskOf(key string) (task.Owner, task.ID, bool) {
	rest, ok := strings.CutPrefix(key, pictures)
	owner, rest, ok1 := strings.Cut(rest, "/")
	id, rest, ok2 := strings.Cut(rest, "/")
	return task.Owner(owner), task.ID(id), ok && ok1 && ok2 && owner != "" && rest != "" && task.ID(id).Valid()
}

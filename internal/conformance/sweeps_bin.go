package conformance

import (
	"slices"
	"testing"
	"time"

	"volcimage/internal/task"
)

// left tells which of the tasks are there, in the bin or not.
func (j *janitor) left(t *testing.T, tasks ...task.Task) (there []bool) {
	t.Helper()
	for _, tk := range tasks {
		got, err := j.Task(t.Context(), tk.Owner, tk.ID)
		if err != nil && task.KindOf(err) != task.NotFound {
			t.Fatal(err)
		}
		there = append(there, err == nil && got.DeletedAt.IsZero())
	}
	return there
}

func (j *janitor) wantLeft(t *testing.T, when string, tasks []task.Task, want ...bool) {
	t.Helper()
	if got := j.left(t, tasks...); !slices.Equal(got, want) {
		t.Errorf("%s there are %v, want %v", when, got, want)
	}
}

func (j *janitor) bin(t *testing.T, tasks ...task.Task) {
	t.Helper()
	for _, tk := range tasks {
		if _, changed, err := j.library().Bin(t.Context(), tk.Owner, tk.ID); err != nil || !changed {
			t.Fatalf("bin %s: changed %v, %v", tk.ID, changed, err)
		}
	}
}

func binExpires(t *testing.T, j *janitor) {
	j.cleanup = false
	tasks := []task.Task{j.drawn(t, "ann", task.Params{}), j.drawn(t, "ann", task.Params{}), j.drawn(t, "bob", task.Params{})}
	j.bin(t, tasks...)
	if _, changed, err := j.library().Restore(t.Context(), "ann", tasks[1].ID); err != nil || !changed {
		t.Fatalf("restore: changed %v, %v", changed, err)
	}
	j.now = j.now.Add(task.BinFor - time.Second)
	j.sweep(t)
	j.wantLeft(t, "a second before the 30 days are over", tasks, true, true, true)
	j.now = j.now.Add(2 * time.Second)
	j.sweep(t)
	j.wantLeft(t, "a second after", tasks, false, true, false)
	for _, o := range []task.Owner{"ann", "bob"} {
		if rest, err := j.Records(t.Context(), o, "bin", "", 10); err != nil || len(rest) != 0 {
			t.Errorf("records of %s's bin: %v, %v; want none", o, rest, err)
		}
	}
}

func favouritesStay(t *testing.T, j *janitor) {
	var tasks []task.Task
	for range 3 {
		tasks = append(tasks, j.drawn(t, "ann", task.Params{}))
	}
	if _, err := j.library().Edit(t.Context(), "ann", tasks[0].ID, 0, task.Edit{Favourite: new(true)}); err != nil {
		t.Fatal(err)
	}
	j.bin(t, tasks[2])
	j.maxBytes = 2 * (pictureBytes + thumbnailBytes)
	j.sweep(t)
	j.wantLeft(t, "with space for two", tasks, true, true, false)
	j.maxAge, j.now = time.Minute, j.now.Add(2*time.Minute)
	j.sweep(t)
	j.wantLeft(t, "when all are too old", tasks, true, false, false)
	j.maxBytes = 1
	j.sweep(t)
	j.wantLeft(t, "with space for none", tasks, true, false, false)
}

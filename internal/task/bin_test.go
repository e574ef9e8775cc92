package task_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

func TestATaskComesBackFromTheBinAsItWas(t *testing.T) {
	tk, jobs := newTask(1)
	running(t, &tk, jobs[0], noon)
	jobs[0].ProviderEnded()
	tk.JobDone(jobs[0], drawn(), noon)
	tk.Favourite, tk.Tags, tk.Folder = true, []string{"fox"}, "f"
	before := tk
	if changed, err := tk.Bin(jobs, noon); !changed || err != nil {
		t.Fatalf("changed %v, %v; want true, nil", changed, err)
	}
	if want := noon.Add(30 * 24 * time.Hour); tk.BinEnds() != want {
		t.Errorf("the bin ends at %v, want %v", tk.BinEnds(), want)
	}
	if changed, err := tk.Bin(jobs, noon.Add(time.Hour)); changed || err != nil || tk.BinnedAt != noon {
		t.Errorf("thrown away again: changed %v, %v, at %v; want nothing new", changed, err, tk.BinnedAt)
	}
	if !tk.Restore() {
		t.Error("Restore says that it was not there")
	}
	if diff := cmp.Diff(before, tk); diff != "" {
		t.Errorf("restored (-before +after):\n%s", diff)
	}
	if tk.Restore() || !tk.BinEnds().IsZero() {
		t.Error("it is in the bin after it was restored")
	}
}

func TestTheBinCancelsARunThatIsNotOver(t *testing.T) {
	tk, jobs := newTask(2)
	running(t, &tk, jobs[0], noon)
	if _, err := tk.Bin(jobs, noon); err != nil {
		t.Fatal(err)
	}
	if tk.Status != task.Cancelled || jobs[1].Status != task.JobCancelled || !jobs[0].Slot || !jobs[0].Due(noon) {
		t.Errorf("task %s, jobs %s and %s, slot held %v, due %v; want all cancelled, and the call followed to its end",
			tk.Status, jobs[0].Status, jobs[1].Status, jobs[0].Slot, jobs[0].Due(noon))
	}
	tk.Restore()
	if tk.Status != task.Cancelled {
		t.Errorf("restored as %s, want CANCELLED", tk.Status)
	}
}

func TestATaskInTheBinIsNotRetried(t *testing.T) {
	tk, jobs := newTask(1)
	if _, err := tk.Bin(jobs, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := tk.Retry(jobs, noon, keep); task.CodeOf(err) != task.CodeInBin || tk.Status != task.Cancelled {
		t.Errorf("%s, %v; want CANCELLED, in_bin", tk.Status, err)
	}
	tk.Restore()
	if _, err := tk.Retry(jobs, noon, keep); err != nil {
		t.Errorf("after it was restored: %v", err)
	}
}

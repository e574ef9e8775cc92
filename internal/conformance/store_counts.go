package conformance

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/task"
)

func (s store) wantCounts(t *testing.T, prefix string, want string) {
	t.Helper()
	counts, err := s.Counts(t.Context(), owner, prefix, 100)
	if err != nil {
		t.Fatalf("Counts: %v", err)
	}
	got := ""
	for _, c := range counts {
		got += fmt.Sprintf("%s (%s) %d, ", c.Mark, c.Label, c.N)
	}
	if got != want {
		t.Errorf("counted by %q: %s want %s", prefix, got, want)
	}
}

func (s store) wantUncounted(t *testing.T, limit int, want map[task.Status]int64) {
	t.Helper()
	got, err := s.Uncounted(t.Context(), owner, limit)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("counted without a mark: %v (-want +got):\n%s", err, diff)
	}
}

func countsWithoutMark(t *testing.T, s store) {
	ids := s.history(t, 6, func(n int, tk *task.Task) {
		tk.Status = []task.Status{task.Pending, task.Pending, task.Processing, task.Completed, task.Failed, task.Completed}[n]
	})
	binned := s.task(t, ids[0])
	binned.BinnedAt = epoch
	s.save(t, task.Change{Task: &binned})
	byStatus := map[task.Status]int64{task.Completed: 1, task.Failed: 1, task.Processing: 1, task.Pending: 2}
	s.wantUncounted(t, 100, byStatus)
	s.wantCounts(t, "s:", "")
	s.indexAll(t)
	s.wantUncounted(t, 100, map[task.Status]int64{task.Processing: 1, task.Pending: 2})
	s.wantCounts(t, "s:", "s:COMPLETED (COMPLETED) 1, s:FAILED (FAILED) 1, ")
	s.wantUncounted(t, 1, map[task.Status]int64{task.Pending: 1})
	begun := s.task(t, ids[5])
	begun.Status = task.Processing
	s.save(t, task.Change{Task: &begun})
	s.wantUncounted(t, 100, map[task.Status]int64{task.Processing: 2, task.Pending: 1})
	begun.Status = task.Completed
	s.save(t, task.Change{Task: &begun})
	s.wantUncounted(t, 100, map[task.Status]int64{task.Processing: 1, task.Pending: 1})
	s.wantCounts(t, "s:", "s:COMPLETED (COMPLETED) 2, s:FAILED (FAILED) 1, ")
	s.wantList(t, task.Query{Owner: owner, Statuses: []task.Status{task.Pending, task.Processing}}, ids[3], ids[4])
}

func (s store) wantBytes(t *testing.T, want map[string]int64) {
	t.Helper()
	counts, err := s.Counts(t.Context(), owner, "", 100)
	if err != nil {
		t.Fatalf("Counts: %v", err)
	}
	got := map[string]int64{}
	for _, c := range counts {
		got[c.Mark] = c.Bytes
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bytes by mark (-want +got):\n%s", diff)
	}
}

func bytesByMark(t *testing.T, s store) {
	ids := s.history(t, 2, func(n int, tk *task.Task) {
		tk.Status = task.Completed
		tk.Images = []task.Image{{Status: task.ImageDone, Bytes: 100 + int64(n), ThumbnailBytes: 10}}
		tk.Tags = [][]string{{"sea"}, {"sea", "sky"}}[n]
	})
	s.indexAll(t)
	s.wantBytes(t, map[string]int64{"s:COMPLETED": 221, "t:sea": 221, "t:sky": 111})
	second := s.task(t, ids[0])
	second.Images[0].Bytes = 1000 // found again, and larger
	second.Favourite = true
	s.save(t, task.Change{Task: &second})
	s.wantBytes(t, map[string]int64{"s:COMPLETED": 1120, "t:sea": 1120, "t:sky": 1010, "f:": 1010})
	second.Tags = nil
	s.save(t, task.Change{Task: &second})
	if diff := cmp.Diff(second, s.task(t, ids[0])); diff != "" {
		t.Errorf("the task read (-in hand +read):\n%s", diff)
	}
	second.BinnedAt = epoch
	s.save(t, task.Change{Task: &second})
	s.wantBytes(t, map[string]int64{"s:COMPLETED": 110, "t:sea": 110, "b:": 1010})
	second.DeletedAt = epoch
	s.save(t, task.Change{Task: &second})
	s.wantBytes(t, map[string]int64{"s:COMPLETED": 110, "t:sea": 110})
	if _, err := s.Reindex(t.Context(), owner, "", 10); err != nil {
		t.Fatalf("Reindex: %v", err)
	}
	s.indexAll(t)
	s.wantBytes(t, map[string]int64{"s:COMPLETED": 110, "t:sea": 110})
}

func countsByMark(t *testing.T, s store) {
	ids := s.history(t, 4, func(n int, tk *task.Task) {
		tk.Status = []task.Status{task.Completed, task.Failed}[n/3]
		tk.Tags = [][]string{{"Sea"}, {"sea", "sky"}, nil, {"sky"}}[n]
		tk.Favourite = n == 0
	})
	s.wantCounts(t, "", "")
	s.indexAll(t)
	counts, err := s.Counts(t.Context(), owner, "t:", 1)
	if err != nil || len(counts) != 1 || counts[0].N != 2 || counts[0].Mark != "t:sea" {
		t.Errorf("counts %v, %v; want one, of two tasks tagged sea", counts, err)
	}
	s.wantCounts(t, "s:", "s:COMPLETED (COMPLETED) 3, s:FAILED (FAILED) 1, ")
	binned := s.task(t, ids[3])
	binned.BinnedAt = epoch
	s.save(t, task.Change{Task: &binned})
	tagged := s.task(t, ids[2])
	tagged.Tags = []string{"SEA", "sky"}
	s.save(t, task.Change{Task: &tagged})
	last := s.task(t, ids[0])
	last.DeletedAt = epoch
	s.save(t, task.Change{Task: &last})
	s.save(t, task.Change{Task: &last, Gone: true})
	retagged := s.task(t, ids[1])
	retagged.Tags = []string{"SEA"}
	s.save(t, task.Change{Task: &retagged})
	s.wantCounts(t, "", "b: () 1, s:COMPLETED (COMPLETED) 2, t:sea (SEA) 2, t:sky (sky) 1, ")
}

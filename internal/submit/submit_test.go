package submit_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/submit"
	"volcimage/internal/task"
)

func newService(t *testing.T) (*submit.Service, *sqlite.DB) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &submit.Service{
		Store: db, Hints: db.Queue(sqlite.QueueConfig{}), Grant: func(context.Context) error { return nil },
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}, db
}

func TestASubmitWritesDownTheTaskAndEachOfItsJobs(t *testing.T) {
	s, db := newService(t)
	ctx := task.WithRequest(t.Context(), "r1")
	got, replayed, err := s.Submit(ctx, "ann", task.Order{Params: task.Params{Prompt: "  一只狐狸  ", Count: 3}})
	if err != nil || replayed {
		t.Fatalf("submit: replayed %v, %v", replayed, err)
	}
	kept, err := db.Task(t.Context(), "ann", got.ID)
	if err != nil {
		t.Fatal(err)
	}
	if kept.Status != task.Pending || kept.Params.Prompt != "一只狐狸" || kept.Params.Model != catalog.DefaultModel || kept.Params.Width == 0 {
		t.Errorf("kept %s %+v, want PENDING with the prompt trimmed and the defaults filled in", kept.Status, kept.Params)
	}
	jobs, err := db.Jobs(t.Context(), "ann", got.ID)
	if err != nil || len(jobs) != 3 {
		t.Errorf("%d jobs, %v; want 3", len(jobs), err)
	}
	for _, j := range jobs {
		if j.Request != "r1" {
			t.Errorf("job %d was ordered by the request %q, want r1", j.N, j.Request)
		}
	}
}

func TestASeedIsChosenOnlyWhereTheModelHasOne(t *testing.T) {
	s, _ := newService(t)
	with, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: "a fox", Model: "jimeng_t2i_v31"}})
	if err != nil {
		t.Fatal(err)
	}
	without, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: "a fox", Model: "jimeng_t2i_v40"}})
	if err != nil {
		t.Fatal(err)
	}
	if with.Params.Seed == nil || *with.Params.Seed < 0 || without.Params.Seed != nil {
		t.Errorf("seeds %v and %v, want one and none", with.Params.Seed, without.Params.Seed)
	}
	seed := int64(7)
	given, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: "a fox", Model: "jimeng_t2i_v31", Seed: &seed}})
	if err != nil || *given.Params.Seed != 7 {
		t.Errorf("a given seed became %v, %v; want 7", *given.Params.Seed, err)
	}
}

func TestC03C04OneKeyIsOneTaskHoweverOftenItComes(t *testing.T) {
	s, _ := newService(t)
	hash := sha256.Sum256([]byte("body"))
	ids, replays := map[task.ID]bool{}, 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			got, replayed, err := s.Submit(context.Background(), "ann", task.Order{Params: task.Params{Prompt: "a fox"}, Key: "k1", BodyHash: hash})
			if err != nil {
				t.Errorf("submit: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[got.ID] = true
			if replayed {
				replays++
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || replays != 49 {
		t.Errorf("%d tasks and %d replays of 50 equal requests, want 1 and 49", len(ids), replays)
	}
	if _, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: "a hare"}, Key: "k1", BodyHash: sha256.Sum256([]byte("other"))}); task.CodeOf(err) != "idempotency_mismatch" {
		t.Errorf("the same key with another body: %v, want idempotency_mismatch", err)
	}
}

func TestAWrongRequestStoresNothing(t *testing.T) {
	s, db := newService(t)
	_, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: "", Width: 10, Height: 10}})
	var e *task.Error
	if !errors.As(err, &e) || e.Kind != task.Invalid || len(e.Fields) < 2 {
		t.Fatalf("submit: %v, want every wrong field named", err)
	}
	page, err := db.List(t.Context(), task.Query{Owner: "ann", Limit: 10})
	if err != nil || len(page.Tasks) != 0 {
		t.Errorf("%d tasks stored, %v; want none", len(page.Tasks), err)
	}
}

func TestTheDaysLimitIsNotPassed(t *testing.T) {
	s, _ := newService(t)
	s.MaxImagesPerDay = 5
	now := time.Date(2026, 5, 4, 18, 0, 0, 0, time.UTC)
	s.Now = func() time.Time { return now }
	ask := func(p task.Params) error {
		_, _, err := s.Submit(t.Context(), "ann", task.Order{Params: p})
		return err
	}
	if err := ask(task.Params{Prompt: "a fox", Count: 4}); err != nil {
		t.Fatal(err)
	}
	err := ask(task.Params{Prompt: "a fox", Count: 2})
	var e *task.Error
	if !errors.As(err, &e) || e.Code != "daily_limit" || e.RetryAfter != 6*time.Hour {
		t.Errorf("the sixth picture of five: %v, want daily_limit until midnight UTC, 6 h off", err)
	}
	if err := ask(task.Params{Prompt: "a set", CoherentSet: true}); task.CodeOf(err) != "daily_limit" {
		t.Errorf("a set of up to 15 with one left: %v, want daily_limit", err)
	}
	if err := ask(task.Params{Prompt: "a fox"}); err != nil {
		t.Errorf("the fifth picture: %v, want it taken", err)
	}
	now = now.Add(6 * time.Hour)
	if err := ask(task.Params{Prompt: "a fox"}); err != nil {
		t.Errorf("the first of the next day: %v, want it taken", err)
	}
}

func TestASubmitIsAnsweredThoughNoSlotCouldBeGranted(t *testing.T) {
	s, _ := newService(t)
	s.Grant = func(context.Context) error { return errors.New("the queue is away") }
	if _, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: "a fox"}}); err != nil {
		t.Errorf("submit: %v, want it taken: the janitor grants later", err)
	}
}

func TestOnlyTheOwnersOwnEndedTaskCanBeRetried(t *testing.T) {
	s, _ := newService(t)
	made, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: "a fox"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Retry(t.Context(), "ann", made.ID); task.CodeOf(err) != "not_retryable" {
		t.Errorf("retry of a waiting task: %v, want not_retryable", err)
	}
	if _, err := s.Retry(t.Context(), "bob", made.ID); task.KindOf(err) != task.NotFound {
		t.Errorf("retry by somebody else: %v, want not found", err)
	}
}

func TestARetryCountsAgainstTheDaysLimit(t *testing.T) {
	s, db := newService(t)
	s.MaxImagesPerDay = 2
	made, _, err := s.Submit(t.Context(), "ann", task.Order{Params: task.Params{Prompt: "a fox", Count: 2}})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := db.Jobs(t.Context(), "ann", made.ID)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := db.Task(t.Context(), "ann", made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := kept.Cancel(jobs, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := db.Save(t.Context(), task.Change{Task: &kept, Jobs: jobs}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Retry(t.Context(), "ann", made.ID); task.CodeOf(err) != "daily_limit" {
		t.Errorf("retry with nothing left of the day: %v, want daily_limit", err)
	}
	s.MaxImagesPerDay = 4
	got, err := s.Retry(t.Context(), "ann", made.ID)
	if err != nil || got.Status != task.Pending || got.Run != 2 {
		t.Errorf("retry: %s in run %d, %v; want PENDING in run 2", got.Status, got.Run, err)
	}
}

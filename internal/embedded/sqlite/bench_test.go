package sqlite

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"volcimage/internal/task"
)

// benchTasks is how many tasks the reading benchmarks choose from.
const benchTasks = 100_000

// doneTask is a finished task of one picture, as most of a history are.
func doneTask(at time.Time, n int) (task.Task, []*task.Job) {
	seed := int64(n)
	t, jobs := task.New(task.Local, task.Params{
		Prompt: fmt.Sprintf("雪地里的一只狐狸，晨光，电影感，浅景深 — a fox in the snow, number %d", n),
		Model:  "jimeng_t2i_v40", Count: 1, Width: 2048, Height: 2048, Seed: &seed,
	}, at)
	jobs[0].Grant(at)
	t.JobGranted(jobs[0], at)
	key := fmt.Sprintf("images/%s/%s/0-1.jpg", t.Owner, t.ID)
	t.JobDone(jobs[0], []task.Image{{
		Seed: &seed, Format: "jpeg", Width: 2048, Height: 2048, Bytes: 1_234_567, ThumbnailBytes: 23_456,
		Key: key, ThumbnailKey: key + ".thumbnail.jpg",
	}}, at.Add(12*time.Second))
	return t, jobs
}

// seed fills the database by fifty callers at once and answers the ids.
func seed(b testing.TB, db *DB, n int) []task.ID {
	b.Helper()
	ids := make([]task.ID, n)
	var all sync.WaitGroup
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for w := range 50 {
		all.Go(func() {
			for i := w; i < n; i += 50 {
				t, jobs := doneTask(begin.Add(time.Duration(i)*time.Second), i)
				if _, _, err := db.Create(b.Context(), task.Submission{Task: t, Jobs: jobs}); err != nil {
					b.Errorf("Create: %v", err)
					return
				}
				ids[i] = t.ID
			}
		})
	}
	all.Wait()
	return ids
}

func BenchmarkRead(b *testing.B) {
	path := filepath.Join(b.TempDir(), "data.db")
	db, err := Open(b.Context(), path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	ids := seed(b, db, benchTasks)
	b.Logf("%d tasks in %v", benchTasks, time.Since(begin).Round(time.Millisecond))
	b.Cleanup(func() { _ = db.Close() })
	b.Run("task", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.Task(b.Context(), task.Local, ids[rand.IntN(len(ids))]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("fifty tasks by id", func(b *testing.B) {
		for b.Loop() {
			at := rand.IntN(len(ids) - 50)
			if got, err := db.Tasks(b.Context(), task.Local, ids[at:at+50]); err != nil || len(got) != 50 {
				b.Fatal(len(got), err)
			}
		}
	})
	for name, q := range map[string]task.Query{
		"":                   {},
		" by model":          {Model: "jimeng_t2i_v40"},
		" by status":         {Statuses: []task.Status{task.Completed}},
		" by three statuses": {Statuses: []task.Status{task.Completed, task.Failed, task.Cancelled}},
		" of active":         {Statuses: []task.Status{task.Pending, task.Processing}},
		" by text":           {Text: "number 9"},
		" by absent text":    {Text: "number x"},
	} {
		b.Run("page"+name, func(b *testing.B) {
			for b.Loop() {
				q.Owner, q.Limit, q.Before = task.Local, 50, ids[rand.IntN(len(ids)-5000)+5000]
				if _, err := db.List(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("quick check", func(b *testing.B) {
		for b.Loop() {
			if err := quickCheck(b.Context(), db.write.conn, uncleanCheckTime); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("heads", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.Heads(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// concurrently has n callers do b.N operations in all and reports their rate.
func concurrently(b *testing.B, n int, do func(i int) error) {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range n {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= b.N {
					return
				}
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

func BenchmarkCreate(b *testing.B) {
	for _, callers := range []int{1, 50} {
		b.Run(fmt.Sprintf("%d callers", callers), func(b *testing.B) {
			db := open(b, Options{})
			concurrently(b, callers, func(i int) error {
				t, jobs := task.New(task.Local, task.Params{Prompt: "一只狐狸", Model: "jimeng_t2i_v40", Count: 1}, time.Now())
				_, _, err := db.Create(b.Context(), task.Submission{Task: t, Jobs: jobs, Key: fmt.Sprint(i)})
				return err
			})
		})
	}
}

func BenchmarkQueue(b *testing.B) {
	b.Run("send by 50 callers", func(b *testing.B) {
		q := open(b, Options{}).Queue(QueueConfig{})
		concurrently(b, 50, func(i int) error { return q.Send(b.Context(), task.Ref{Owner: task.Local, N: i}, 0) })
	})
	b.Run("receive ten and delete them", func(b *testing.B) {
		q := open(b, Options{}).Queue(QueueConfig{})
		for range b.N {
			if err := q.Send(b.Context(), task.Ref{Owner: task.Local}, 0); err != nil {
				b.Fatal(err)
			}
		}
		b.ResetTimer()
		for range (b.N + 9) / 10 {
			got, err := q.Receive(b.Context(), 10)
			if err != nil {
				b.Fatal(err)
			}
			var receipts []string
			for _, m := range got {
				receipts = append(receipts, m.Receipt)
			}
			if err := q.Delete(b.Context(), receipts...); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	})
}

func BenchmarkDecodeTask(b *testing.B) {
	t, _ := doneTask(time.Now(), 1)
	doc := encode(t, walkTask)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		var got task.Task
		if err := decode(doc, &got, walkTask); err != nil {
			b.Fatal(err)
		}
	}
}

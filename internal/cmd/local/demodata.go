package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/operate"
	"volcimage/internal/task"
)

const (
	maxDemoTasks = 2_000_000
	demoEvery    = 20 * time.Second // between two tasks
	demoWriters  = 32
)

// What the prompts are made of: "castle" is in one of ten English prompts and 城堡 in
// one of ten Chinese ones, "misty" in one of ten prompts, "zeppelin" and 飞艇 each in one
// of a thousand.
var demoWords = map[string][4][]string{
	"en": {
		{"misty", "golden", "neon", "weathered", "quiet", "crimson", "floating", "snowy", "broken", "velvet"},
		{"castle", "harbour", "forest", "robot", "tiger", "library", "desert", "lantern", "teahouse", "whale"},
		{"at dusk", "at dawn", "in the rain", "under the stars", "in fresh snow"},
		{"oil painting", "watercolour", "studio photo", "isometric render", "ink drawing", "35mm film"},
	},
	"zh": {
		{"雾中的", "金色的", "霓虹的", "古老的", "宁静的", "深红的", "漂浮的", "雪中的", "残破的", "丝绒般的"},
		{"城堡", "港口", "森林", "机器人", "老虎", "图书馆", "沙漠", "灯笼", "茶馆", "鲸鱼"},
		{"黄昏", "清晨", "雨中", "星空下", "新雪里"},
		{"油画", "水彩", "棚拍照片", "等轴渲染", "水墨", "三十五毫米胶片"},
	},
}

// demoPrompt is the n-th prompt: English and Chinese in turns.
func demoPrompt(r *rand.Rand, n int) string {
	one := func(from []string) string { return from[r.IntN(len(from))] }
	if n%2 == 0 {
		w := demoWords["en"]
		rare := ""
		if r.IntN(500) == 0 {
			rare = " with a zeppelin"
		}
		return fmt.Sprintf("A %s %s %s%s, %s, %s light", one(w[0]), one(w[1]), one(w[2]), rare, one(w[3]), one(w[0]))
	}
	w := demoWords["zh"]
	rare := ""
	if r.IntN(500) == 0 {
		rare = "，远处有飞艇"
	}
	return fmt.Sprintf("%s%s，%s%s，%s，%s光线", one(w[0]), one(w[1]), one(w[2]), rare, one(w[3]), one(w[0]))
}

// demoData makes n finished tasks, the newest of now, and puts them into the index.
func demoData(ctx context.Context, data, count string, out io.Writer) error {
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > maxDemoTasks {
		return fmt.Errorf("demo-data: %q is no number of tasks from 1 to %d", count, maxDemoTasks)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("DATA_DIR=%s: %w", data, err)
	}
	return withNewDatabase(ctx, data, func(db *sqlite.DB) (err error) {
		folder := filepath.Join(data, "demo") // until each task has links of its own
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
		drawn, err := drawDemo(folder)
		if err != nil {
			return fmt.Errorf("demo-data: %w", err)
		}
		begin := time.Now()
		if err := makeDemo(ctx, db, filepath.Join(data, objectsDir), drawn, n); err != nil {
			return fmt.Errorf("demo-data: %w", err)
		}
		made := time.Since(begin)
		for more := true; more; {
			if more, err = db.Index(ctx, task.Ref{Owner: task.Local}); err != nil {
				return fmt.Errorf("demo-data: %w", err)
			}
		}
		return say(out, "made %d tasks in %v and indexed them in %v\n", n, made.Round(time.Millisecond), (time.Since(begin) - made).Round(time.Millisecond))
	})
}

func makeDemo(ctx context.Context, db *sqlite.DB, objects string, drawn []drawnPair, n int) error {
	errs := make([]error, demoWriters)
	begin := time.Now().Add(-time.Duration(n) * demoEvery)
	var bytes, images atomic.Int64
	var all sync.WaitGroup
	for w := range demoWriters {
		all.Go(func() {
			r := rand.New(rand.NewPCG(2, uint64(w)))
			for i := w; i < n && errs[w] == nil; i += demoWriters {
				t, err := makeDemoTask(ctx, db, objects, r, drawn, begin.Add(time.Duration(i)*demoEvery), i)
				errs[w] = err
				bytes.Add(t.StoredBytes())
				images.Add(int64(t.Done()))
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	page, err := db.List(ctx, task.Query{Owner: task.Local, Limit: 1})
	if err != nil || len(page.Tasks) == 0 {
		return err
	}
	return db.Save(ctx, task.Change{Task: &page.Tasks[0], Usage: task.Usage{Bytes: bytes.Load(), Images: images.Load()}})
}

func makeDemoTask(ctx context.Context, db *sqlite.DB, objects string, r *rand.Rand, drawn []drawnPair, at time.Time, n int) (task.Task, error) {
	t, jobs, files, err := demoTask(r, drawn, at, n)
	if err == nil {
		err = linkDemo(objects, &t, files)
	}
	if err == nil {
		_, _, err = db.Create(ctx, task.Submission{Task: t, Jobs: jobs})
	}
	return t, err
}

// demoTask is a task as steps leave it, and the files of its pictures in their order.
func demoTask(r *rand.Rand, drawn []drawnPair, at time.Time, n int) (task.Task, []*task.Job, []drawnPicture, error) {
	prompt, pair := demoPrompt(r, n), drawn[r.IntN(len(drawn))]
	fate := fateOf(r)
	p := task.Params{Prompt: prompt, Model: pair.model, Count: 1, Width: pair.pictures[0].Width, Height: pair.pictures[0].Height}
	if fate == twoDone || fate == oneOfTwo {
		p.Count = len(pair.pictures)
	}
	if m, _ := catalog.Lookup(p.Model); hasSeed(m) {
		p.Seed = new(int64(n))
	}
	p, err := catalog.Complete(p)
	if err != nil {
		return task.Task{}, nil, nil, err
	}
	t, jobs := task.New(task.Local, p, at)
	files := meet(fate, &t, jobs, pair)
	t.Favourite = r.IntN(50) == 0
	if r.IntN(20) == 0 {
		t.Tags = []string{[]string{"sea", "风景", "poster", "儿童绘本"}[r.IntN(4)]}
	}
	return t, jobs, files, nil
}

func hasSeed(m catalog.Model) bool {
	_, ok := m.Field("seed")
	return ok
}

// fate is what becomes of a task.
type fate int

const (
	oneDone fate = iota
	twoDone
	oneOfTwo  // the other was refused
	refused   // with its prompt, for nothing
	cancelled // before it was sent
)

// fateOf is mostly a picture; one task in twenty has two, one in fifty none or not all.
func fateOf(r *rand.Rand) fate {
	switch n := r.IntN(200); {
	case n < 9:
		return twoDone
	case n < 10:
		return oneOfTwo
	case n < 12:
		return refused
	case n < 13:
		return cancelled
	}
	return oneDone
}

// demoTook is how long the provider took for each picture.
const demoTook = 12 * time.Second

// meet has a new task meet its fate.
func meet(f fate, t *task.Task, jobs []*task.Job, pair drawnPair) (files []drawnPicture) {
	at := t.CreatedAt
	if f == cancelled {
		_ = t.Cancel(jobs, at.Add(time.Second)) // a waiting one always can be
		return nil
	}
	for i, j := range jobs {
		j.Grant(at)
		t.JobGranted(j, at)
		j.Slot, j.Attempt = false, 1
		switch {
		case f == refused:
			j.Fence = 1 // of the step that asked
			t.JobFailed(j, task.Failure{Code: catalog.CodePromptRefused, Charged: task.ChargedNo}, at.Add(time.Second))
		case f == oneOfTwo && i == 1:
			j.Fence = 1
			t.JobFailed(j, task.Failure{Code: catalog.CodeOutputRefused, Charged: task.ChargedUnknown}, at.Add(demoTook))
		default:
			j.Fence = 2 // of the step that asked, and of the one that stored
			files = append(files, pair.pictures[i])
			t.JobDone(j, []task.Image{pair.pictures[i].image(t, j)}, at.Add(demoTook))
		}
	}
	return files
}

// reindex has all tasks put into the index anew.
func reindex(ctx context.Context, data string, out io.Writer) error {
	return withDatabase(ctx, data, func(db *sqlite.DB) error { return operate.Reindex(ctx, db, out) })
}

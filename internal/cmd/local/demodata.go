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

	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/operate"
	"volcimage/internal/picture"
	"volcimage/internal/task"
	"volcimage/internal/visual/visualtest/paint"
)

const (
	maxDemoTasks = 2_000_000
	// demoPictures is how many are drawn; tasks share their files.
	demoPictures = 24
	demoEvery    = 20 * time.Second // between two tasks
	demoWriters  = 32
)

// What the prompts are made of: "castle" is in one of ten English prompts and 城堡 in
// one of ten Chinese ones, "misty" in one of ten prompts, "zeppelin" and 飞艇 each in one
// of a thousand.
var demoWords = map[string][4][]string{
	"en": {
		{"misty", "golden", "neon", "ancient", "quiet", "crimson", "floating", "snowy", "broken", "velvet"},
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
	return withNewDatabase(ctx, data, func(db *sqlite.DB) error {
		drawn, err := drawDemo(filepath.Join(data, objectsDir))
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

// drawnPicture is one picture and where its files are.
type drawnPicture struct {
	task.Image
	file, thumbnail string
}

// drawDemo draws the pictures that the tasks share.
func drawDemo(objects string) ([]drawnPicture, error) {
	folder := filepath.Join(objects, "images", string(task.Local), "demo")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(1, 1))
	var all []drawnPicture
	for i := range demoPictures {
		size := [][2]int{{512, 512}, {640, 360}, {360, 640}}[i%3]
		data, err := paint.Encode(paint.Draw(paint.Spec{Prompt: demoPrompt(r, i), Width: size[0], Height: size[1]}), "jpeg", "{}")
		if err != nil {
			return nil, err
		}
		p, err := (&picture.Verifier{}).Verify(data)
		if err != nil {
			return nil, err
		}
		d := drawnPicture{
			Image: task.Image{Format: p.Format, Width: p.Width, Height: p.Height, Bytes: int64(len(p.Data)), ThumbnailBytes: int64(len(p.Thumbnail))},
			file:  filepath.Join(folder, fmt.Sprintf("%d.jpg", i)), thumbnail: filepath.Join(folder, fmt.Sprintf("%d.thumbnail.jpg", i)),
		}
		if err := errors.Join(os.WriteFile(d.file, p.Data, 0o600), os.WriteFile(d.thumbnail, p.Thumbnail, 0o600)); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

func makeDemo(ctx context.Context, db *sqlite.DB, objects string, drawn []drawnPicture, n int) error {
	errs := make([]error, demoWriters)
	begin := time.Now().Add(-time.Duration(n) * demoEvery)
	var bytes atomic.Int64
	var all sync.WaitGroup
	for w := range demoWriters {
		all.Go(func() {
			r := rand.New(rand.NewPCG(2, uint64(w)))
			for i := w; i < n && errs[w] == nil; i += demoWriters {
				t, jobs := demoTask(r, drawn[r.IntN(len(drawn))], begin.Add(time.Duration(i)*demoEvery), i)
				if errs[w] = linkDemo(objects, &t, drawn); errs[w] == nil {
					_, _, errs[w] = db.Create(ctx, task.Submission{Task: t, Jobs: jobs})
				}
				bytes.Add(t.StoredBytes())
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
	return db.Save(ctx, task.Change{Task: &page.Tasks[0], Usage: task.Usage{Bytes: bytes.Load(), Images: int64(n)}})
}

// demoTask is a task as a picture that was drawn and stored leaves it.
func demoTask(r *rand.Rand, d drawnPicture, at time.Time, n int) (task.Task, []*task.Job) {
	seed := int64(n)
	t, jobs := task.New(task.Local, task.Params{
		Prompt: demoPrompt(r, n), Model: []string{"jimeng_t2i_v40", "jimeng_t2i_v31"}[r.IntN(2)],
		Count: 1, Width: d.Width, Height: d.Height, Seed: &seed,
	}, at)
	jobs[0].Grant(at)
	t.JobGranted(jobs[0], at)
	jobs[0].Slot = false
	im := d.Image
	im.Seed = &seed
	key := fmt.Sprintf("images/%s/%s/0/1/0", t.Owner, t.ID)
	im.Key, im.ThumbnailKey = key+".jpg", key+".thumbnail.jpg"
	t.JobDone(jobs[0], []task.Image{im}, at.Add(12*time.Second))
	t.Favourite = r.IntN(50) == 0
	if r.IntN(20) == 0 {
		t.Tags = []string{[]string{"sea", "风景", "poster", "儿童绘本"}[r.IntN(4)]}
	}
	return t, jobs
}

// linkDemo gives the task files of its own that take no space.
func linkDemo(objects string, t *task.Task, drawn []drawnPicture) error {
	im := t.Images[0]
	for _, d := range drawn {
		if d.Bytes != im.Bytes || d.Width != im.Width {
			continue
		}
		if err := os.MkdirAll(filepath.Join(objects, filepath.Dir(im.Key)), 0o700); err != nil {
			return err
		}
		return errors.Join(os.Link(d.file, filepath.Join(objects, im.Key)), os.Link(d.thumbnail, filepath.Join(objects, im.ThumbnailKey)))
	}
	return errors.New("a task of no picture")
}

// reindex has all tasks put into the index anew.
func reindex(ctx context.Context, data string, out io.Writer) error {
	return withDatabase(ctx, data, func(db *sqlite.DB) error { return operate.Reindex(ctx, db, out) })
}

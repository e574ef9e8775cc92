package metrics

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

var epoch = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

// clock is moved by what takes time.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func open() (*Recorder, *bytes.Buffer, *clock) {
	var out bytes.Buffer
	c := &clock{epoch}
	return New(&out, "shop", c.now), &out, c
}

// lines reads what was written: each line's metrics by name, with the code behind
// them where they have one.
func lines(t *testing.T, out *bytes.Buffer) []map[string]float64 {
	t.Helper()
	var all []map[string]float64
	for _, text := range bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n")) {
		if len(text) == 0 {
			continue
		}
		var fields map[string]any
		var meta struct {
			AWS line `json:"_aws"`
		}
		if err := errors.Join(json.Unmarshal(text, &fields), json.Unmarshal(text, &meta)); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		d := meta.AWS.CloudWatchMetrics[0]
		code, coded := fields["Code"].(string)
		dimensions := [][]string{{"Stack"}}
		if coded {
			dimensions = append(dimensions, []string{"Stack", "Code"})
			code = " " + code
		}
		if diff := cmp.Diff(dimensions, d.Dimensions); diff != "" || d.Namespace != "volcimage" || fields["Stack"] != "shop" {
			t.Errorf("%s: dimensions (-want +got):\n%s", text, diff)
		}
		if at := time.UnixMilli(meta.AWS.Timestamp); at.Before(epoch) || at.After(epoch.Add(time.Hour)) {
			t.Errorf("%s: its time is %v", text, at)
		}
		values := map[string]float64{}
		for _, m := range d.Metrics {
			if m.Unit == "" {
				t.Errorf("%s: %s has no unit", text, m.Name)
			}
			values[m.Name+code], _ = fields[m.Name].(float64)
		}
		all = append(all, values)
	}
	return all
}

func wantLines(t *testing.T, out *bytes.Buffer, want ...map[string]float64) {
	t.Helper()
	if diff := cmp.Diff(want, lines(t, out)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// table is a store with one job.
type table struct {
	Store
	job  task.Job
	fail error
}

func (s *table) Job(context.Context, task.Ref) (*task.Job, error) { j := s.job; return &j, s.fail }
func (s *table) Save(context.Context, task.Change) error          { return s.fail }

func TestStep(t *testing.T) {
	ref := task.Ref{Owner: "o", Task: "t"}
	t.Run("a step that failed is counted as both", func(t *testing.T) {
		r, out, c := open()
		broken := errors.New("broken")
		err := r.Step(func(context.Context, task.Ref) error { c.Time = c.Add(250 * time.Millisecond); return broken })(t.Context(), ref)
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		wantLines(t, out, map[string]float64{"Steps": 1, "StepErrors": 1, "StepMilliseconds": 250})
	})
	t.Run("so is one that panicked, and the panic goes on", func(t *testing.T) {
		r, out, _ := open()
		func() {
			defer func() {
				if v := recover(); v != "x" {
					t.Errorf("recovered %v, want x", v)
				}
			}()
			_ = r.Step(func(context.Context, task.Ref) error { panic("x") })(t.Context(), ref)
		}()
		wantLines(t, out, map[string]float64{"Steps": 1, "StepErrors": 1, "StepMilliseconds": 0})
	})
	t.Run("how late it is stands in the job as it was first read", func(t *testing.T) {
		r, out, c := open()
		s := &table{job: task.Job{NextAt: epoch.Add(-3 * time.Second)}}
		watched := r.Store(s)
		err := r.Step(func(ctx context.Context, ref task.Ref) error {
			_, err := watched.Job(ctx, ref)
			c.Time = c.Add(time.Minute)
			_, again := watched.Job(ctx, ref)
			return errors.Join(err, again)
		})(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, out, map[string]float64{"Steps": 1, "StepErrors": 0, "StepMilliseconds": 60000, "LateSeconds": 3})
	})
	t.Run("what the provider took is told when the job gives its slot up, and only then", func(t *testing.T) {
		r, out, c := open()
		s := &table{}
		watched := r.Store(s)
		done := &task.Job{Call: task.Call{ID: "1", SentAt: epoch.Add(-20 * time.Second), Over: true}}
		for _, change := range []task.Change{
			{Jobs: []*task.Job{done}, Slots: &task.Slots{}},
			{Jobs: []*task.Job{done}},
			{Jobs: []*task.Job{{Call: task.Call{Over: true}}}, Slots: &task.Slots{}},
		} {
			if err := r.Step(func(ctx context.Context, _ task.Ref) error { return watched.Save(ctx, change) })(t.Context(), ref); err != nil {
				t.Fatal(err)
			}
		}
		s.fail = task.ErrConflict
		_ = r.Step(func(ctx context.Context, _ task.Ref) error {
			return watched.Save(ctx, task.Change{Jobs: []*task.Job{done}, Slots: &task.Slots{}})
		})(t.Context(), ref)
		ordinary := map[string]float64{"Steps": 1, "StepErrors": 0, "StepMilliseconds": 0}
		wantLines(t, out, map[string]float64{"Steps": 1, "StepErrors": 0, "StepMilliseconds": 0, "ProviderSeconds": done.Took(c.Time).Seconds()},
			ordinary, ordinary, map[string]float64{"Steps": 1, "StepErrors": 1, "StepMilliseconds": 0})
	})
	t.Run("outside a step nothing breaks", func(t *testing.T) {
		r, out, _ := open()
		if _, err := r.Store(&table{job: task.Job{NextAt: epoch}}).Job(t.Context(), ref); err != nil || out.Len() > 0 {
			t.Errorf("%v, %s", err, out)
		}
	})
}

// vendor answers with an error, or none.
type vendor struct{ err error }

func (v *vendor) Submit(context.Context, task.Params) (string, error) { return "7", v.err }
func (v *vendor) Result(context.Context, string, string) (task.Result, error) {
	return task.Result{Done: true}, v.err
}

func TestProvider(t *testing.T) {
	r, out, _ := open()
	v := &vendor{}
	p := r.Provider(v)
	if id, err := p.Submit(t.Context(), task.Params{}); id != "7" || err != nil {
		t.Errorf("got %q, %v", id, err)
	}
	if res, err := p.Result(t.Context(), "m", "7"); !res.Done || err != nil {
		t.Errorf("got %+v, %v", res, err)
	}
	v.err = &task.Error{Kind: task.Throttled, Code: catalog.CodeProviderThrottled}
	_, err1 := p.Submit(t.Context(), task.Params{})
	v.err = &task.Error{Kind: task.Unknown, Code: catalog.CodeProviderUnknownCode}
	_, err2 := p.Result(t.Context(), "m", "7")
	v.err = errors.New("nobody classed this")
	_, err3 := p.Result(t.Context(), "m", "7")
	if err1 == nil || err2 == nil || err3 == nil {
		t.Errorf("got %v, %v, %v", err1, err2, err3)
	}
	wantLines(t, out,
		map[string]float64{"ProviderCalls": 1},
		map[string]float64{"ProviderCalls": 1}, map[string]float64{"ProviderErrors provider_throttled": 1},
		map[string]float64{"ProviderErrors provider_unknown_code": 1, "UnknownCodes provider_unknown_code": 1},
		map[string]float64{"ProviderErrors internal": 1})
}

// desk accepts everything.
type desk struct {
	task     task.Task
	replayed bool
	err      error
}

func (d *desk) SubmitMany(context.Context, task.Owner, task.Order) ([]task.Placed, error) {
	if d.err != nil {
		return nil, d.err
	}
	return []task.Placed{{Task: d.task, Replayed: d.replayed}, {Task: d.task, Replayed: d.replayed}}, nil
}

func (d *desk) Again(context.Context, task.Owner, task.ID, task.Again) (task.Task, bool, error) {
	return d.task, d.replayed, d.err
}

func (d *desk) Retry(context.Context, task.Owner, task.ID) (task.Task, error) { return d.task, d.err }

func (d *desk) Hold(context.Context, task.Owner, task.ID) (task.Task, error) { return d.task, d.err }

func (d *desk) Release(context.Context, task.Owner, task.ID) (task.Task, error) {
	return d.task, d.err
}

func (d *desk) Next(context.Context, task.Owner, task.ID) (task.Task, error) { return d.task, d.err }

func (d *desk) Arrange(context.Context, task.Owner, []task.ID) ([]task.Task, error) {
	return []task.Task{d.task}, d.err
}

func TestSubmitter(t *testing.T) {
	r, out, _ := open()
	four, _ := task.New("o", task.Params{Count: 4}, epoch)
	four.Images[1].Status = task.ImageDone
	d := &desk{task: four}
	s := r.Submitter(d)
	for _, step := range []func(){
		func() { _, _ = s.SubmitMany(t.Context(), "o", task.Order{}) },
		func() { _, _, _ = s.Again(t.Context(), "o", four.ID, task.Again{}) },
		func() { d.replayed = true; _, _ = s.SubmitMany(t.Context(), "o", task.Order{Key: "k"}) },
		func() { _, _, _ = s.Again(t.Context(), "o", four.ID, task.Again{Key: "k"}) },
		func() { _, _ = s.Retry(t.Context(), "o", four.ID) },
		func() { d.err = task.ErrNotFound; _, _ = s.Retry(t.Context(), "o", four.ID) },
		func() { d.replayed = false; _, _ = s.SubmitMany(t.Context(), "o", task.Order{}) },
		func() { _, _, _ = s.Again(t.Context(), "o", four.ID, task.Again{}) },
	} {
		step()
	}
	wantLines(t, out, map[string]float64{"PicturesOrdered": 8}, map[string]float64{"PicturesOrdered": 4}, map[string]float64{"PicturesOrdered": 3})
}

func TestSweep(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want []map[string]float64
	}{
		"jobs that are five minutes late are counted":         {nil, []map[string]float64{{"JobsOverdue": 2}}},
		"where they cannot be read, the sweep is made anyway": {errors.New("down"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			r, out, _ := open()
			swept := false
			due := func(_ context.Context, at time.Time, limit int) ([]task.Ref, error) {
				if !at.Equal(epoch.Add(-5*time.Minute)) || limit != 100 {
					t.Errorf("asked for %d due at %v", limit, at)
				}
				return make([]task.Ref, 2), c.err
			}
			if err := r.Sweep(due, func(context.Context) error { swept = true; return nil })(t.Context()); err != nil || !swept {
				t.Errorf("swept %v, %v", swept, err)
			}
			wantLines(t, out, c.want...)
		})
	}
}

func TestSwept(t *testing.T) {
	r, out, _ := open()
	r.Swept(0, 0, 0, 0)
	if out.Len() > 0 {
		t.Errorf("a sweep that did nothing writes %s", out)
	}
	r.Swept(2, 0, 3, 1)
	wantLines(t, out, map[string]float64{"JobsHinted": 2, "OrphansRemoved": 3, "PicturesGone": 1})
}

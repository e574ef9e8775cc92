package metrics

import (
	"context"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// step is what is learnt of one step while it runs.
type step struct {
	late     time.Duration // after the job's time; -1: not known
	provider time.Duration // what the provider took; 0: it is not done
}

type stepKey struct{}

// stepOf is the step of ctx. Without one, what is noted there is lost.
func stepOf(ctx context.Context) *step {
	if s, ok := ctx.Value(stepKey{}).(*step); ok {
		return s
	}
	return &step{}
}

// Step measures each step that next takes.
func (r *Recorder) Step(next func(context.Context, task.Ref) error) func(context.Context, task.Ref) error {
	return func(ctx context.Context, ref task.Ref) error {
		s := &step{late: -1}
		began, failed := r.now(), 1.0 // and stays so where next panics
		defer func() {
			values := []value{{"Steps", count, 1}, {"StepErrors", count, failed}, {"StepMilliseconds", milliseconds, float64(r.now().Sub(began).Milliseconds())}}
			if s.late >= 0 {
				values = append(values, value{"LateSeconds", seconds, s.late.Seconds()})
			}
			if s.provider > 0 {
				values = append(values, value{"ProviderSeconds", seconds, s.provider.Seconds()})
			}
			r.write("", values...)
		}()
		err := next(context.WithValue(ctx, stepKey{}, s), ref)
		if err == nil {
			failed = 0
		}
		return err
	}
}

// Store is what the worker needs of the table.
type Store interface {
	Job(ctx context.Context, r task.Ref) (*task.Job, error)
	Jobs(ctx context.Context, o task.Owner, id task.ID) ([]*task.Job, error)
	Task(ctx context.Context, o task.Owner, id task.ID) (task.Task, error)
	Slots(ctx context.Context) (*task.Slots, error)
	Save(ctx context.Context, c task.Change) error
}

// Store watches how late a step is, and how long the provider took.
func (r *Recorder) Store(s Store) Store { return &store{Store: s, now: r.now} }

type store struct {
	Store
	now func() time.Time
}

// Job is the step's first look at its job: it says when the step was due.
func (s *store) Job(ctx context.Context, ref task.Ref) (*task.Job, error) {
	j, err := s.Store.Job(ctx, ref)
	if st := stepOf(ctx); err == nil && st.late < 0 && j.Due(s.now()) {
		st.late = s.now().Sub(j.NextAt)
	}
	return j, err
}

// Save is where a job is seen to be done at the provider: it gives up its slot.
func (s *store) Save(ctx context.Context, c task.Change) error {
	err := s.Store.Save(ctx, c)
	if err != nil || c.Slots == nil {
		return err
	}
	for _, j := range c.Jobs {
		if j.Call.Over && !j.Call.SentAt.IsZero() {
			stepOf(ctx).provider = j.Took(s.now())
		}
	}
	return nil
}

// Provider draws pictures.
type Provider interface {
	Submit(ctx context.Context, p task.Params) (id string, err error)
	Result(ctx context.Context, model, id string) (task.Result, error)
}

// Provider counts calls that may cost money, and errors by their code.
func (r *Recorder) Provider(p Provider) Provider { return &provider{p, r} }

type provider struct {
	Provider
	r *Recorder
}

func (p *provider) Submit(ctx context.Context, params task.Params) (string, error) {
	id, err := p.Provider.Submit(ctx, params)
	p.r.write("", value{"ProviderCalls", count, 1})
	p.failed(err)
	return id, err
}

func (p *provider) Result(ctx context.Context, model, id string) (task.Result, error) {
	res, err := p.Provider.Result(ctx, model, id)
	p.failed(err)
	return res, err
}

func (p *provider) failed(err error) {
	if err == nil {
		return
	}
	code := task.CodeOf(err)
	if code == "" {
		code = catalog.CodeInternal
	}
	values := []value{{"ProviderErrors", count, 1}}
	if code == catalog.CodeProviderUnknownCode {
		values = append(values, value{"UnknownCodes", count, 1})
	}
	p.r.write(code, values...)
}

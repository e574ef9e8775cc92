package dynamo

import (
	"time"

	"volcimage/internal/task"
)

// slotsItem is the one row of the slots.
type slotsItem struct {
	key
	Version  int64                 `dynamodbav:"version"`
	Paused   bool                  `dynamodbav:"paused,omitempty"`
	Holds    []holdItem            `dynamodbav:"holds,omitempty"`
	Narrowed map[string]narrowItem `dynamodbav:"narrowed,omitempty"`
	Served   map[string]int64      `dynamodbav:"served,omitempty"`
	Recent   map[string][]int64    `dynamodbav:"recent,omitempty"` // nanoseconds
}

type holdItem struct {
	Owner string `dynamodbav:"owner"`
	Task  string `dynamodbav:"task"`
	N     int    `dynamodbav:"n"`
	Model string `dynamodbav:"model"`
	Until int64  `dynamodbav:"until,omitempty"`
}

type narrowItem struct {
	Limit int   `dynamodbav:"limit"`
	Until int64 `dynamodbav:"until,omitempty"`
}

func newSlotsItem(s *task.Slots, version int64) slotsItem {
	i := slotsItem{key: slotsKey(), Version: version, Paused: s.Paused}
	for _, h := range s.Holds {
		i.Holds = append(i.Holds, holdItem{string(h.Owner), string(h.Task), h.N, h.Model, nanos(h.Until)})
	}
	i.Narrowed = mapped(s.Narrowed, func(n task.Narrow) narrowItem { return narrowItem{n.Limit, nanos(n.Until)} })
	i.Served = make(map[string]int64, len(s.Served))
	for o, t := range s.Served {
		i.Served[string(o)] = nanos(t)
	}
	i.Recent = mapped(s.Recent, func(took []time.Duration) []int64 {
		n := make([]int64, len(took))
		for i, d := range took {
			n[i] = int64(d)
		}
		return n
	})
	return i
}

func (i slotsItem) slots() *task.Slots {
	s := &task.Slots{Version: i.Version, Paused: i.Paused}
	for _, h := range i.Holds {
		s.Holds = append(s.Holds, task.Hold{
			Ref:   task.Ref{Owner: task.Owner(h.Owner), Task: task.ID(h.Task), N: h.N},
			Model: h.Model, Until: moment(h.Until),
		})
	}
	s.Narrowed = mapped(i.Narrowed, func(n narrowItem) task.Narrow { return task.Narrow{Limit: n.Limit, Until: moment(n.Until)} })
	for o, n := range i.Served {
		if s.Served == nil {
			s.Served = make(map[task.Owner]time.Time, len(i.Served))
		}
		s.Served[task.Owner(o)] = moment(n)
	}
	s.Recent = mapped(i.Recent, func(n []int64) []time.Duration {
		took := make([]time.Duration, len(n))
		for i, d := range n {
			took[i] = time.Duration(d)
		}
		return took
	})
	return s
}

// mapped is m with each value replaced; nil for an empty one.
func mapped[A, B any](m map[string]A, f func(A) B) map[string]B {
	if len(m) == 0 {
		return nil
	}
	out := make(map[string]B, len(m))
	for k, v := range m {
		out[k] = f(v)
	}
	return out
}

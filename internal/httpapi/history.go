package httpapi

import (
	"context"
	"fmt"
	"slices"
	"time"

	"volcimage/internal/task"
)

type historyInput struct {
	Limit  int      `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Tasks in an answer, at most"`
	Cursor string   `query:"cursor" maxLength:"100" doc:"next_cursor of the page before; belongs to the same filters"`
	Text   string   `query:"q" maxLength:"200" doc:"Text in the prompt, in any case" example:"fox"`
	Status []string `query:"status" enum:"PENDING,PROCESSING,COMPLETED,PARTIAL,FAILED,CANCELLED,active" doc:"One or more, by comma; active is PENDING,PROCESSING"`
	Model  string   `query:"model" maxLength:"64" doc:"Id of a model, of one that is gone too" example:"jimeng_t2i_v40"`
	From   string   `query:"from" maxLength:"40" doc:"Made at this time (RFC 3339) or day (UTC), or later" example:"2026-11-01"`
	To     string   `query:"to" maxLength:"40" doc:"Made before this time (RFC 3339), or on this day (UTC) at the latest" example:"2026-11-30"`
}

// History is one page of tasks, newest first.
type History struct {
	Items      []Task  `json:"items"`
	NextCursor *string `json:"next_cursor" doc:"Continues the list; null at its end. A page may be short, even empty, and still have one"`
}

type historyOutput struct{ Body History }

func (s *service) history(ctx context.Context, in *historyInput) (*historyOutput, error) {
	q, err := in.query(requestOf(ctx).owner)
	if err != nil {
		return nil, err
	}
	page, err := s.Library.List(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	items, err := s.viewer(ctx).tasks(page.Tasks)
	if err != nil {
		return nil, err
	}
	out := &historyOutput{History{Items: items}}
	if page.Next != "" {
		next := encodeCursor(q, page.Next)
		out.Body.NextCursor = &next
	}
	return out, nil
}

func (in *historyInput) query(o task.Owner) (task.Query, error) {
	q := task.Query{Owner: o, Text: in.Text, Statuses: statuses(in.Status), Model: in.Model, Limit: in.Limit}
	var err error
	if q.From, err = timeOrDay("query.from", in.From, 0); err != nil {
		return q, err
	}
	// A day given as the end is part of what is asked for.
	if q.To, err = timeOrDay("query.to", in.To, 24*time.Hour); err != nil {
		return q, err
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		return q, invalid("query.to", "must be later than from", in.To)
	}
	if in.Cursor != "" {
		q.Before, err = decodeCursor(q, in.Cursor)
	}
	return q, err
}

func statuses(names []string) []task.Status {
	var out []task.Status
	for _, name := range names {
		if name == "active" {
			out = append(out, task.Pending, task.Processing)
		} else {
			out = append(out, task.Status(name))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// timeOrDay reads a time, or a day of which it answers the beginning plus after.
func timeOrDay(location, s string, after time.Duration) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, invalid(location, "must be a time as 2026-11-30T08:00:00Z or a day as 2026-11-30", s)
	}
	return day.Add(after), nil
}

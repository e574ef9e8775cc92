package httpapi

import (
	"context"
	"fmt"
	"slices"
	"time"

	"volcimage/internal/task"
)

type historyInput struct {
	Limit     int      `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Tasks in an answer, at most"`
	Cursor    string   `query:"cursor" maxLength:"100" doc:"next_cursor or prev_cursor of a page; belongs to the same filters"`
	Text      string   `query:"q" maxLength:"200" doc:"Words, \"phrases\", -without, tag: model: status: ratio: before: after: is:favourite has:error; the last word may be begun only" example:"fox \"fresh snow\" -cat"`
	Status    []string `query:"status" enum:"PENDING,PROCESSING,COMPLETED,PARTIAL,FAILED,CANCELLED,active" doc:"One or more, by comma; active is PENDING,PROCESSING"`
	Model     string   `query:"model" maxLength:"64" doc:"Id of a model, of one that is gone too" example:"jimeng_t2i_v40"`
	Ratio     string   `query:"ratio" enum:"1:1,4:3,3:4,3:2,2:3,16:9,9:16,21:9,9:21," doc:"Shape, within 4 %" example:"16:9"`
	From      string   `query:"from" maxLength:"40" doc:"Made at this time (RFC 3339) or day (UTC), or later" example:"2026-11-01"`
	To        string   `query:"to" maxLength:"40" doc:"Made before this time (RFC 3339), or on this day (UTC) at the latest" example:"2026-11-30"`
	Tag       string   `query:"tag" maxLength:"160" doc:"A tag, in any case" example:"fox"`
	Folder    string   `query:"folder" maxLength:"64" doc:"Id of a folder"`
	Parent    task.ID  `query:"parent" maxLength:"26" doc:"Those made from this task" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	Favourite bool     `query:"favourite" doc:"Favourites alone"`
	Error     bool     `query:"error" doc:"Those alone of which a picture failed"`
	Bin       bool     `query:"bin" doc:"What lies in the bin, which is not shown otherwise"`
	Order     string   `query:"order" enum:"newest,oldest" default:"newest" doc:"Which come first"`
}

// History is one page of tasks.
type History struct {
	Items      []Task  `json:"items"`
	NextCursor *string `json:"next_cursor" doc:"Continues the list; null at its end. A page may be short, even empty, and still have one"`
	PrevCursor *string `json:"prev_cursor" doc:"Leads to the page before; null on the first"`
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
	return &historyOutput{History{
		Items: items, NextCursor: cursorOf(q, page.Next, ahead), PrevCursor: cursorOf(q, page.Prev, back),
	}}, nil
}

func cursorOf(q task.Query, place task.ID, direction byte) *string {
	if place == "" {
		return nil
	}
	c := encodeCursor(q, place, direction)
	return &c
}

func (in *historyInput) query(o task.Owner) (task.Query, error) {
	f := Filters{
		Text: in.Text, Status: in.Status, Model: in.Model, Ratio: in.Ratio, Tag: in.Tag, Folder: in.Folder,
		Favourite: in.Favourite, Failed: in.Error, From: in.From, To: in.To, Order: in.Order,
	}
	q, err := f.query(o, "query")
	q.Bin, q.Parent, q.Limit = in.Bin, in.Parent, in.Limit
	if err == nil && in.Cursor != "" {
		var way byte
		q.Before, way, err = decodeCursor(q, in.Cursor)
		q.Back = way == back
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

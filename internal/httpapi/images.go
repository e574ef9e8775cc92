package httpapi

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"volcimage/internal/task"
)

type imageInput struct {
	ID       task.ID `path:"id" doc:"The task's id" example:"01KAZ3V5N8Q2W4E6R8T0YACDEF"`
	N        string  `path:"n" doc:"The picture's index, from 0" example:"0"`
	Variant  string  `query:"variant" enum:"original,thumbnail" doc:"The picture, or a small JPEG of it"`
	Download string  `query:"download" enum:"0,1" doc:"1 saves it under a speaking name instead of showing it"`
	Recipe   string  `query:"recipe" enum:"0,1" doc:"1 saves the picture with its recipe in the file: prompt, model, size, settings"`
}

type imageOutput struct {
	Location     string `header:"Location" doc:"A signed address that expires"`
	CacheControl string `header:"Cache-Control"`
}

// redirectFor is how long a browser may keep the redirect. The address it leads to
// is valid for longer.
const redirectFor = 5 * time.Minute

func (s *service) image(ctx context.Context, in *imageInput) (*imageOutput, error) {
	if err := known(in.ID); err != nil {
		return nil, err
	}
	t, err := s.Library.Get(ctx, requestOf(ctx).owner, in.ID)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", in.ID, err)
	}
	l, err := in.link(&t)
	if err != nil {
		return nil, err
	}
	signed, err := s.linkTo(ctx, in, &t, l)
	if err != nil {
		return nil, fmt.Errorf("link picture %s of %s: %w", in.N, in.ID, err)
	}
	age := max(0, min(redirectFor, signed.ExpiresAt.Sub(s.Now())))
	return &imageOutput{
		Location:     signed.URL,
		CacheControl: fmt.Sprintf("private, max-age=%d", int(age.Seconds())),
	}, nil
}

// linkTo is an address for what was asked for.
func (s *service) linkTo(ctx context.Context, in *imageInput, t *task.Task, l task.Link) (task.SignedLink, error) {
	if in.Recipe != "1" {
		return s.Library.Link(l)
	}
	if in.Variant == "thumbnail" {
		return task.SignedLink{}, invalid("query.recipe", "goes with the picture, not with its thumbnail", in.Recipe)
	}
	n, _ := strconv.Atoi(in.N) // link has read it
	return s.Library.WithRecipe(ctx, t, n, recipeName(filename(t, n)))
}

// link names the object that is asked for. A picture that is not stored yet is
// not found.
func (in *imageInput) link(t *task.Task) (task.Link, error) {
	n, err := strconv.Atoi(in.N)
	if err != nil || strconv.Itoa(n) != in.N || n < 0 || n >= len(t.Images) || t.Images[n].Status != task.ImageDone {
		return task.Link{}, task.ErrNotFound
	}
	im := t.Images[n]
	l := task.Link{Key: im.Key}
	if in.Variant == "thumbnail" {
		l.Key = im.ThumbnailKey
	}
	if in.Download == "1" {
		l.Filename = filename(t, n)
		if in.Variant == "thumbnail" {
			l.Filename = thumbnailName(l.Filename)
		}
	}
	return l, nil
}

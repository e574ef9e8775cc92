package library

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"

	"volcimage/internal/task"
)

// TempPrefix is where objects lie that nobody names in a row: they go a day after
// they were put.
const TempPrefix = "temp/"

// WithRecipe is an address for picture n of a task that the caller has read, which
// must be done, with its recipe in the file: a copy, since the picture itself is never
// changed. The same picture and recipe are the same object.
func (s *Service) WithRecipe(ctx context.Context, t *task.Task, n int, filename string) (task.SignedLink, error) {
	s.copying.Lock() // one at a time: a picture may take 64 MiB, and its copy as much
	defer s.copying.Unlock()
	im := t.Images[n]
	data, err := s.Objects.Get(ctx, im.Key)
	if err != nil {
		return task.SignedLink{}, fmt.Errorf("read picture %d of %s: %w", n, t.ID, err)
	}
	if data, err = s.Inscribe(data, t, n); err != nil {
		return task.SignedLink{}, fmt.Errorf("write recipe %d of %s: %w", n, t.ID, err)
	}
	sum := sha256.Sum256(data)
	o := task.Object{
		Key:         fmt.Sprintf("%srecipes/%s/%s/%s%s", TempPrefix, t.Owner, t.ID, hex.EncodeToString(sum[:8]), path.Ext(im.Key)),
		ContentType: "image/" + im.Format, Data: data,
	}
	if err := s.Objects.Put(ctx, o); err != nil {
		return task.SignedLink{}, fmt.Errorf("store picture %d of %s with its recipe: %w", n, t.ID, err)
	}
	return s.Objects.Link(task.Link{Key: o.Key, Filename: filename})
}

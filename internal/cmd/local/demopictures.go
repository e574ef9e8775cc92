package main

import (
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"volcimage/internal/catalog"
	"volcimage/internal/picture"
	"volcimage/internal/task"
	"volcimage/internal/visual/visualtest/paint"
)

const (
	// mosaic is how many pixels of a demo picture have the same colour, to the right and
	// down: it has the size that its model draws, and takes little space.
	mosaic = 16
	// tones are the bits of a colour that are kept, for the same reason.
	tones = 0xf8
	// maxDemoArea leaves out the largest sizes, which take long to draw.
	maxDemoArea = 5 << 20
)

// drawnPair is what two calls with the same words drew.
type drawnPair struct {
	model    string
	pictures [2]drawnPicture
}

// drawnPicture is one picture and where its files are.
type drawnPicture struct {
	task.Image
	file, thumbnail string
}

// drawDemo draws the pictures that the tasks share: a pair for each model and size.
func drawDemo(folder string) ([]drawnPair, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	var all []drawnPair
	var specs []paint.Spec
	r := rand.New(rand.NewPCG(1, 1))
	for _, m := range catalog.Models() {
		for _, size := range m.Size.Presets {
			if size.Width*size.Height > maxDemoArea {
				continue
			}
			all = append(all, drawnPair{model: m.ID})
			specs = append(specs, paint.Spec{Prompt: demoPrompt(r, len(specs)), Model: m.ID, Width: size.Width, Height: size.Height})
		}
	}
	errs := make([]error, len(all))
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	var drawing sync.WaitGroup
	for i := range all {
		drawing.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			errs[i] = all[i].draw(specs[i], filepath.Join(folder, fmt.Sprint(i)))
		})
	}
	drawing.Wait()
	return all, errors.Join(errs...)
}

func (d *drawnPair) draw(s paint.Spec, path string) (err error) {
	for i := range d.pictures {
		s.Variation = int64(i)
		if d.pictures[i], err = drawMosaic(s, fmt.Sprintf("%s-%d", path, i)); err != nil {
			return err
		}
	}
	return nil
}

// drawMosaic draws one picture, and stores it as the service would.
func drawMosaic(s paint.Spec, path string) (drawnPicture, error) {
	m, _ := catalog.Lookup(s.Model)
	data, err := paint.Encode(mosaicOf(s), m.Format, s.Mark(paint.Meta{}))
	if err != nil {
		return drawnPicture{}, err
	}
	p, err := (&picture.Verifier{}).Verify(data)
	if err != nil {
		return drawnPicture{}, err
	}
	d := drawnPicture{
		Image: task.Image{Format: p.Format, Width: p.Width, Height: p.Height, Bytes: int64(len(p.Data)), ThumbnailBytes: int64(len(p.Thumbnail))},
		file:  path, thumbnail: path + ".thumb",
	}
	return d, errors.Join(os.WriteFile(d.file, p.Data, 0o600), os.WriteFile(d.thumbnail, p.Thumbnail, 0o600))
}

// mosaicOf paints a small picture and lays each of its pixels out as a square.
func mosaicOf(s paint.Spec) *image.RGBA {
	small := s
	small.Width, small.Height = (s.Width+mosaic-1)/mosaic, (s.Height+mosaic-1)/mosaic
	from := paint.Draw(small)
	to := image.NewRGBA(image.Rect(0, 0, s.Width, s.Height))
	for y := range s.Height {
		row := to.Pix[y*to.Stride:]
		for x := range s.Width {
			c := from.Pix[from.PixOffset(x/mosaic, y/mosaic):]
			row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = c[0]&tones, c[1]&tones, c[2]&tones, c[3]
		}
	}
	return to
}

// image is the picture as the row of a task has it that job j drew it for.
func (d drawnPicture) image(t *task.Task, j *task.Job) task.Image {
	im := d.Image
	key := fmt.Sprintf("images/%s/%s/%d/%d/0", t.Owner, t.ID, j.N, j.Fence)
	im.Key, im.ThumbnailKey = key+"."+im.Format, key+".thumb.jpg"
	if im.Format == "jpeg" {
		im.Key = key + ".jpg"
	}
	im.Seed = t.Params.ForJob(j.N, j.Reseeds).Seed
	return im
}

// linkDemo gives the task files of its own that take no space.
func linkDemo(objects string, t *task.Task, files []drawnPicture) error {
	for _, im := range t.Images {
		if im.Status != task.ImageDone {
			continue
		}
		if err := os.MkdirAll(filepath.Join(objects, filepath.Dir(im.Key)), 0o700); err != nil {
			return err
		}
		err := errors.Join(os.Link(files[0].file, filepath.Join(objects, im.Key)), os.Link(files[0].thumbnail, filepath.Join(objects, im.ThumbnailKey)))
		if err != nil {
			return err
		}
		files = files[1:]
	}
	return nil
}

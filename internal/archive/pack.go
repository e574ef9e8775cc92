package archive

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"time"

	"volcimage/internal/task"
)

// pack writes one part of an archive: pictures as they come, and at its end the
// manifest and a page to look at it.
type pack struct {
	zip      *zip.Writer
	get      func(ctx context.Context, key string) ([]byte, error)
	manifest Manifest
	images   int
	bytes    int64 // of pictures and thumbnails
}

// add puts a task and its pictures in.
func (p *pack) add(ctx context.Context, t *task.Task) error {
	out := newTask(t)
	for i := range t.Images {
		if t.Images[i].Status != task.ImageDone {
			continue
		}
		if err := p.picture(ctx, t, i, &out.Images[i]); err != nil {
			return fmt.Errorf("picture %d of %s: %w", i, t.ID, err)
		}
	}
	p.manifest.Tasks = append(p.manifest.Tasks, out)
	return nil
}

func (p *pack) picture(ctx context.Context, t *task.Task, i int, out *Image) error {
	im := t.Images[i]
	base := fmt.Sprintf("%s_%d", t.ID, i)
	out.File, out.Thumbnail = "pictures/"+base+path.Ext(im.Key), "thumbnails/"+base+".jpg"
	for _, f := range []struct {
		key, name string
		sum       *string
	}{{im.Key, out.File, &out.SHA256}, {im.ThumbnailKey, out.Thumbnail, &out.ThumbnailSum}} {
		data, err := p.get(ctx, f.key)
		if task.KindOf(err) == task.NotFound {
			out.File, out.Thumbnail, out.SHA256, out.ThumbnailSum, out.Missing = "", "", "", "", true
			return nil
		}
		if err != nil {
			return err
		}
		*f.sum = sum(data)
		if err := p.file(f.name, data, t.CreatedAt); err != nil {
			return err
		}
		p.bytes += int64(len(data))
	}
	p.images++
	return nil
}

// file puts a file in as it is: pictures are packed already. Its size stands before
// it, since programs that unpack as they read cannot do without.
func (p *pack) file(name string, data []byte, at time.Time) error {
	h := &zip.FileHeader{
		Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(data),
		CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data)),
	}
	h.SetModTime(at.UTC()) //nolint:staticcheck // SA1019: CreateRaw heeds no other time
	w, err := p.zip.CreateRaw(h)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// finish writes manifest and page and ends the file.
func (p *pack) finish(language string) error {
	text, err := json.MarshalIndent(p.manifest, "", " ")
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	if err := p.packed("manifest.json", func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	if err := p.packed("index.html", func(w io.Writer) error { return writePage(w, &p.manifest, language) }); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return p.zip.Close()
}

func (p *pack) packed(name string, write func(io.Writer) error) error {
	w, err := p.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.manifest.ExportedAt})
	if err != nil {
		return err
	}
	return write(w)
}

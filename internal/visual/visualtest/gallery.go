package visualtest

import (
	"container/list"
	"fmt"
	"sync"

	"volcimage/internal/visual/visualtest/paint"
)

const (
	// easels bounds the pictures drawn at once: one of 16 million pixels takes
	// about 100 MiB while it is drawn.
	easels = 2
	// maxGallery bounds the encoded pictures that are kept, in bytes.
	maxGallery = 48 << 20
	// stock is how many pictures of a size and format there are when they are
	// drawn beforehand.
	stock = 4
)

// sketch is a picture that is not drawn yet.
type sketch struct {
	paint.Spec
	format string
	label  label
}

// gallery draws pictures when they are first asked for, and keeps the latest.
type gallery struct {
	prerendered bool
	free        chan struct{} // holds a token for each easel in use

	mu    sync.Mutex
	kept  map[sketch]*list.Element
	order *list.List // of *framed, the latest used first
	bytes int
	drawn int
}

type framed struct {
	sketch sketch
	data   []byte
}

func newGallery(prerendered bool) *gallery {
	return &gallery{
		prerendered: prerendered, free: make(chan struct{}, easels),
		kept: map[sketch]*list.Element{}, order: list.New(),
	}
}

// picture is the encoded picture. It must not be changed.
func (g *gallery) picture(k sketch) ([]byte, error) {
	if g.prerendered {
		k.Prompt, k.Model, k.label.meta = "", "", paint.Meta{}
		k.Variation, k.Index = (k.Variation+int64(k.Index))%stock, 0
	}
	if data := g.find(k); data != nil {
		return data, nil
	}
	g.free <- struct{}{}
	defer func() { <-g.free }()
	if data := g.find(k); data != nil { // drawn while this one waited
		return data, nil
	}
	img := paint.Draw(k.Spec)
	k.label.logo.Put(img)
	data, err := paint.Encode(img, k.format, k.Mark(k.label.meta))
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", k.format, err)
	}
	g.keep(k, data)
	return data, nil
}

func (g *gallery) find(k sketch) []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.kept[k]
	if at == nil {
		return nil
	}
	g.order.MoveToFront(at)
	return at.Value.(*framed).data
}

// keep adds a picture and lets go of those not used for longest.
func (g *gallery) keep(k sketch, data []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.drawn++
	if g.kept[k] != nil {
		return
	}
	g.kept[k] = g.order.PushFront(&framed{k, data})
	g.bytes += len(data)
	for g.bytes > maxGallery && g.order.Len() > 1 {
		last := g.order.Back()
		old := g.order.Remove(last).(*framed)
		delete(g.kept, old.sketch)
		g.bytes -= len(old.data)
	}
}

// count is how many pictures were drawn.
func (g *gallery) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.drawn
}

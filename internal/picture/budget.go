package picture

import "sync"

// budget is memory that may be in use at a time. Who wants more than is free
// waits, first come first served: a large picture is not overtaken for ever by
// small ones.
type budget struct {
	mu      sync.Mutex
	changed sync.Cond // on mu
	free    int64
	// Whoever comes gets a number; the one whose number is up is served next.
	numbers, up uint64
}

// open makes n bytes available. It comes before any other call.
func (b *budget) open(n int64) {
	b.free = n
	b.changed.L = &b.mu
}

// take waits until n bytes are free. It never returns where n is more than all.
func (b *budget) take(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	number := b.numbers
	b.numbers++
	for number != b.up || b.free < n {
		b.changed.Wait()
	}
	b.up++
	b.free -= n
	b.changed.Broadcast()
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free += n
	b.changed.Broadcast()
}

package task

import "time"

// Stored is what a store says of an object without reading it.
type Stored struct {
	Key   string
	Bytes int64
	At    time.Time // when it was put
}

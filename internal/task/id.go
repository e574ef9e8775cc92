package task

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"time"
)

// Owner is whose a task is: "local" where there are no API keys, otherwise the
// name the key stands for. It is part of every key in every store.
type Owner string

// Local is the owner where the service runs without API keys.
const Local Owner = "local"

// ID names a task. It is a ULID: 26 characters of Crockford's base 32, the first
// ten of which are the time in milliseconds, so ids sort by age.
// https://github.com/ulid/spec
type ID string

const idLength = 26

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// NewID makes an id for a task that begins at now.
func NewID(now time.Time) ID {
	// 130 bits are written for 128: two zero bits come first.
	var b [17]byte
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[1:7], ms[2:])
	rand.Read(b[7:]) // never fails: crypto/rand ends the program first
	return ID(shiftedBase32(b))
}

// IDOf is an id that is always the same for a hash. It has no time.
func IDOf(hash [32]byte) ID {
	var b [17]byte
	copy(b[1:], hash[:])
	return ID(shiftedBase32(b))
}

// shiftedBase32 writes the last 130 bits of 136, which is how ULIDs are spelled.
func shiftedBase32(b [17]byte) string {
	var out [17]byte
	for i := range len(b) - 1 {
		out[i] = b[i]<<6 | b[i+1]>>2
	}
	out[len(b)-1] = b[len(b)-1] << 6
	return crockford.EncodeToString(out[:])[:idLength]
}

// Valid tells whether id has the form of an id. It says nothing about a task of
// that name being there.
func (id ID) Valid() bool {
	if len(id) != idLength || id[0] > '7' {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if c < '0' || c > 'Z' || c > '9' && c < 'A' || c == 'I' || c == 'L' || c == 'O' || c == 'U' {
			return false
		}
	}
	return true
}

// FirstID is the smallest id a task made at t or later can have.
func FirstID(t time.Time) ID {
	var b [17]byte
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(max(t.UnixMilli(), 0)))
	copy(b[1:7], ms[2:])
	return ID(shiftedBase32(b))
}

// Ref names one job: the n-th provider call of a task, counted from 0. A hint in
// the queue holds a Ref and nothing else.
type Ref struct {
	Owner Owner
	Task  ID
	N     int
}

// IndexStep is the N of a Ref that names no job, but the step that puts a task's
// words into the index. No task has as many jobs.
const IndexStep = 1000

// ExportStep is the N of a Ref that names an export instead of a task, for its next
// step.
const ExportStep = 2000

// ImportStep is the N of a Ref that names an import, for its next step.
const ImportStep = 3000

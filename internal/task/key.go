package task

import "time"

// APIKey is the row of one API key. The key itself is not kept.
type APIKey struct {
	ID        string // part of the key, no secret
	Owner     Owner  // whom it stands for; an owner may have several keys
	Hash      [32]byte
	CreatedAt time.Time
	RevokedAt time.Time // zero: it is valid
}

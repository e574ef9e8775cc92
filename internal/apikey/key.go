// Package apikey makes and checks API keys. A key is vi_<id>_<secret>: the id finds
// its row, and the row holds the SHA-256 of the whole key and nothing that leads
// back to it.
package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"volcimage/internal/task"
)

const (
	prefix      = "vi_"
	idBytes     = 10
	secretBytes = 32
	maxOwner    = 64 // characters
)

// letters has one case and no sign, so that a double click takes the key whole.
var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// New makes a key of owner. The key is to be shown once; the row is to be kept.
func New(owner task.Owner, now time.Time) (key string, row task.APIKey, err error) {
	if err := CheckOwner(string(owner)); err != nil {
		return "", task.APIKey{}, err
	}
	id, secret := make([]byte, idBytes), make([]byte, secretBytes)
	_, _ = rand.Read(id) // never fails: crypto/rand ends the process instead
	_, _ = rand.Read(secret)
	row = task.APIKey{ID: letters.EncodeToString(id), Owner: owner, CreatedAt: now.UTC().Truncate(time.Microsecond)}
	key = prefix + row.ID + "_" + letters.EncodeToString(secret)
	row.Hash = sha256.Sum256([]byte(key))
	return key, row, nil
}

// CheckOwner tells what is wrong with a name that keys are to stand for.
func CheckOwner(name string) error {
	if name == "" || len(name) > maxOwner || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return fmt.Errorf("must be 1 to %d lower case letters, digits, _ and -", maxOwner)
	}
	return nil
}

// ID is the id in a key that has the form of one.
func ID(key string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(key, prefix)
	id, secret, two := strings.Cut(rest, "_")
	if !ok || !two || !encodes(id, idBytes) || !encodes(secret, secretBytes) {
		return "", false
	}
	return id, true
}

// encodes tells whether s is the one spelling of n bytes.
func encodes(s string, n int) bool {
	b, err := letters.DecodeString(s)
	return err == nil && len(b) == n && letters.EncodeToString(b) == s
}

// Valid tells whether the key is the row's and not revoked. For a key whose row was
// not found it is to be asked all the same, of the zero row: that takes as long.
func Valid(key string, row task.APIKey) bool {
	hash := sha256.Sum256([]byte(key))
	same := subtle.ConstantTimeCompare(hash[:], row.Hash[:])
	return same == 1 && row.RevokedAt.IsZero()
}

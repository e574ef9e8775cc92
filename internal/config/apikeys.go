package config

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"volcimage/internal/task"
)

const (
	minKey = 16 // characters; shorter ones can be guessed
	maxKey = 256
	maxOwn = 64 // characters of an owner's name
)

// apiKeys reads "name:secret,…" into hashes. A secret without a name is the local
// owner's, so that who switches keys on keeps what was made without. A name may
// have several keys. The errors count the keys instead of showing them.
func (o *others) apiKeys(s string) error {
	o.keysRefused = true
	keys := map[[32]byte]task.Owner{}
	for i, item := range strings.Split(s, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		owner, key, named := strings.Cut(item, ":")
		if !named {
			owner, key = string(task.Local), item
		}
		if err := checkKey(owner, key); err != nil {
			return fmt.Errorf("entry %d: %w", i+1, err)
		}
		hash := sha256.Sum256([]byte(key))
		if _, twice := keys[hash]; twice {
			return fmt.Errorf("entry %d: is there twice", i+1)
		}
		keys[hash] = task.Owner(owner)
	}
	o.keys, o.keysRefused = keys, false
	return nil
}

func checkKey(owner, key string) error {
	if owner == "" || len(owner) > maxOwn || strings.Trim(owner, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return fmt.Errorf("the name before the colon must be 1 to %d lower case letters, digits, _ and -", maxOwn)
	}
	if len(key) < minKey || len(key) > maxKey {
		return fmt.Errorf("the key must have %d to %d characters", minKey, maxKey)
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return fmt.Errorf("the key must hold neither blanks nor other than ASCII characters")
		}
	}
	return nil
}

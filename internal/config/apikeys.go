package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"volcimage/internal/apikey"
	"volcimage/internal/task"
)

const (
	minKey = 16 // characters; shorter ones can be guessed
	maxKey = 256
)

// apiKeys reads "name:secret,…" into hashes. A secret without a name is the local
// owner's, so that who switches keys on keeps what was made without. A name may
// have several keys. The errors count the keys instead of showing them.
func (o *others) apiKeys(s string) error {
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
	o.keys = keys
	return nil
}

func checkKey(owner, key string) error {
	if err := apikey.CheckOwner(owner); err != nil {
		return fmt.Errorf("the name before the colon %w", err)
	}
	if len(key) < minKey || len(key) > maxKey {
		return fmt.Errorf("the key must have %d to %d characters", minKey, maxKey)
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return errors.New("the key must hold neither blanks nor other than ASCII characters")
		}
	}
	return nil
}

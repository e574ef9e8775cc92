package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"volcimage/internal/task"
)

// ProviderKeys reads a secret's text, {"access_key":"…","secret_key":"…"}. No error
// shows any of it.
func ProviderKeys(text string) (access, hidden Secret, err error) {
	var raw struct {
		Access string `json:"access_key"`
		Hidden string `json:"secret_key"`
	}
	if err := strictJSON(text, &raw); err != nil {
		return "", "", err
	}
	for name, part := range map[string]struct {
		value string
		field *Secret
	}{"access_key": {raw.Access, &access}, "secret_key": {raw.Hidden, &hidden}} {
		if err := needed(secret(part.field))(strings.TrimSpace(part.value)); err != nil {
			return "", "", fmt.Errorf("%s: %w", name, err)
		}
	}
	return access, hidden, nil
}

// hashPrefix marks a key that is kept as its hash alone.
const hashPrefix = "sha256:"

// APIKeys reads a secret's text, {"name":"key",…}: each name sees its own pictures.
// A key may stand as sha256: and the hexadecimal hash of it, and a name may have a
// list of keys. There must be one at least. No error shows a key.
func APIKeys(text string) (map[[32]byte]task.Owner, error) {
	var raw map[string]keyList
	if err := strictJSON(text, &raw); err != nil {
		return nil, err
	}
	keys := map[[32]byte]task.Owner{}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		for i, key := range raw[name] {
			hash, err := hashOf(name, key)
			if err != nil {
				return nil, fmt.Errorf("key %d of %.70q: %w", i+1, name, err)
			}
			if _, twice := keys[hash]; twice {
				return nil, fmt.Errorf("key %d of %.70q: is there twice", i+1, name)
			}
			keys[hash] = task.Owner(name)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key")
	}
	return keys, nil
}

// hashOf is what is kept of a key.
func hashOf(name, key string) (hash [32]byte, err error) {
	digits, hashed := strings.CutPrefix(key, hashPrefix)
	if !hashed {
		return sha256.Sum256([]byte(key)), checkKey(name, key)
	}
	if n, err := hex.Decode(hash[:], []byte(digits[:min(len(digits), 64)])); err != nil || n != len(hash) || len(digits) != 64 {
		return hash, fmt.Errorf("must have 64 hexadecimal digits behind %q", hashPrefix)
	}
	return hash, checkKey(name, "0123456789abcdef") // the name alone
}

// keyList is one key or several.
type keyList []string

// UnmarshalJSON takes a string for a list of one.
func (l *keyList) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*l = keyList{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(l))
}

// strictJSON reads one value and nothing else. Its error does not show what was
// read: a message of the decoder may.
func strictJSON(text string, into any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if d.Decode(into) != nil {
		return errors.New("is not JSON of the form that docs/deploy.md shows")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("has something behind its JSON")
	}
	return nil
}

package disk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// secretFile holds the key that links are signed with, readable by the owner of
// the data folder alone. It is no part of a backup: without it old links are
// void, and nothing else is lost.
const secretFile = "link.key"

// Secret reads the key that links are signed with from the data folder, and
// makes one at the first start. Call it under the folder's [Lock].
func Secret(dir string) ([]byte, error) {
	name := filepath.Join(dir, secretFile)
	secret, err := os.ReadFile(name) //nolint:gosec // the operator chooses the folder
	if errors.Is(err, fs.ErrNotExist) {
		return makeSecret(name)
	}
	if err != nil {
		return nil, fmt.Errorf("read link secret: %w", err)
	}
	if len(secret) != minSecret {
		return nil, fmt.Errorf("read link secret: %s has %d bytes instead of %d; remove it to have another made", name, len(secret), minSecret)
	}
	// It may have been copied by hand under a looser mask.
	if err := os.Chmod(name, fileMode); err != nil {
		return nil, fmt.Errorf("protect link secret: %w", err)
	}
	return secret, nil
}

// makeSecret writes a new secret; the file is whole or not there.
func makeSecret(name string) ([]byte, error) {
	secret := make([]byte, minSecret)
	_, _ = rand.Read(secret) // never fails: crypto/rand ends the program first
	temp := name + ".new"
	if err := writeSynced(temp, secret); err != nil {
		return nil, fmt.Errorf("make link secret: %w", err)
	}
	if err := os.Rename(temp, name); err != nil {
		return nil, fmt.Errorf("make link secret: %w", err)
	}
	return secret, nil
}

// writeSynced writes data to a file of the owner's that is on the disk when it
// returns, replacing one that an earlier try left.
func writeSynced(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode) //nolint:gosec // the operator chooses the folder
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(fileMode)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

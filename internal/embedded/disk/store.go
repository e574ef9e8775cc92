// Package disk keeps pictures as files below one folder, and hands out links to
// them that are signed and run out, as an object store does.
//
// An object is immutable: its key holds the fence it was made under, so nobody
// ever needs to write it a second time. A file appears under its key whole and
// synced, or not at all.
package disk

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"sync"
	"time"

	"volcimage/internal/task"
)

const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600

	// newDir holds what is being written. Its name begins with a dot, which no key
	// may, so nothing in it can be asked for; it lies on the same file system as
	// the objects, so that a rename is all it takes. One folder, because a start
	// then clears it in no time, however many pictures there are.
	newDir = ".new"

	defaultWindow = 15 * time.Minute
	minSecret     = 32 // bytes, the size of the signature

	// minFree is what must be left on the disk for Ping to be content: room for
	// the pictures of a minute, and for the database to say what went wrong.
	minFree = 256 << 20
)

// Options of a [Store].
type Options struct {
	// Secret signs the links, at least 32 bytes; see [Secret]. With another
	// secret all links handed out before are void.
	Secret []byte
	// Window is how long a link stays the same; it is valid for one to two of
	// them. 0 means 15 minutes.
	Window time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Store keeps objects below a folder. It serves them too, as an [http.Handler]
// for the addresses that Link makes.
type Store struct {
	root    *os.Root
	path    string
	window  time.Duration
	now     func() time.Time
	signers sync.Pool // of *signer
	// dirs keeps a folder from being removed as empty between being made for an
	// object and receiving it: removing takes it alone, storing shares it.
	dirs sync.RWMutex
	// once is held from the look whether a key is free to its use.
	once sync.Mutex
}

var _ http.Handler = (*Store)(nil)

// Open opens the store below the folder root, which it makes if need be, and
// removes what an earlier process left half-written. Only one process may have
// it open: take the data folder's [Lock] first.
func Open(root string, o Options) (*Store, error) {
	if len(o.Secret) < minSecret {
		return nil, fmt.Errorf("open picture folder: a secret of %d bytes, need %d", len(o.Secret), minSecret)
	}
	s := &Store{path: root, window: o.Window, now: o.Now}
	if s.window <= 0 {
		s.window = defaultWindow
	}
	if s.now == nil {
		s.now = time.Now
	}
	secret := append([]byte(nil), o.Secret...)
	s.signers.New = func() any { return &signer{mac: hmac.New(sha256.New, secret)} }
	if err := os.MkdirAll(root, dirMode); err != nil {
		return nil, fmt.Errorf("open picture folder: %w", err)
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("open picture folder: %w", err)
	}
	s.root = r
	if err := s.clearStale(); err != nil {
		return nil, errors.Join(fmt.Errorf("open picture folder: %w", err), r.Close())
	}
	return s, nil
}

// Close lets go of the folder.
func (s *Store) Close() error { return s.root.Close() }

// clearStale removes files that a process began and never finished.
func (s *Store) clearStale() error {
	if err := s.root.RemoveAll(newDir); err != nil {
		return err
	}
	return s.root.Mkdir(newDir, dirMode)
}

// Put stores o under its key. When it returns nil the object survives a power
// failure; when it does not, nothing is to be seen under the key. A second Put
// of a key replaces the object whole. It will be served as what the key's ending
// says; the content type given is not kept.
func (s *Store) Put(ctx context.Context, o task.Object) error {
	if !validKey(o.Key) {
		return fmt.Errorf("store object: %q is not a key", o.Key)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("store %s: %w", o.Key, err)
	}
	err := s.put(o.Key, bytes.NewReader(o.Data), o.Once)
	if errors.Is(err, fs.ErrExist) && o.Once {
		there, readErr := s.root.ReadFile(o.Key)
		switch {
		case readErr != nil:
			return fmt.Errorf("store %s: %w", o.Key, readErr)
		case !bytes.Equal(there, o.Data):
			return fmt.Errorf("store %s: %w", o.Key, task.ErrConflict)
		}
		return nil
	}
	return err
}

// PutFrom is [Store.Put] of what is read from body, which need not fit into memory.
func (s *Store) PutFrom(ctx context.Context, key, _ string, body io.ReadSeeker) error {
	if !validKey(key) {
		return fmt.Errorf("store object: %q is not a key", key)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("store %s: %w", key, err)
	}
	return s.put(key, body, false)
}

func (s *Store) put(key string, body io.Reader, once bool) error {
	temp := path.Join(newDir, rand.Text())
	err := s.write(temp, body)
	if err == nil {
		err = s.publish(temp, key, once)
	}
	if err != nil {
		_ = s.root.Remove(temp) // the cause is err; what stays is cleared at the next start
		return fmt.Errorf("store %s: %w", key, err)
	}
	return nil
}

// write makes a file of what is read that is on the disk when it returns.
func (s *Store) write(name string, body io.Reader) error {
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// publish gives the file temp its key, if it is to have it once: unless that is taken.
func (s *Store) publish(temp, key string, once bool) error {
	s.dirs.RLock()
	defer s.dirs.RUnlock()
	dir := path.Dir(key)
	if err := s.makeDir(dir); err != nil {
		return err
	}
	if once {
		s.once.Lock()
		defer s.once.Unlock()
		if _, err := s.root.Lstat(key); err == nil {
			return fs.ErrExist
		}
	}
	if err := s.root.Rename(temp, key); err != nil {
		return err
	}
	return s.syncDir(dir)
}

// makeDir makes the folder and those above it. The name of each new one is on
// the disk when it returns.
func (s *Store) makeDir(dir string) error {
	err := s.root.Mkdir(dir, dirMode)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.makeDir(path.Dir(dir)); err != nil {
			return err
		}
		err = s.root.Mkdir(dir, dirMode)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.syncDir(path.Dir(dir))
}

func (s *Store) syncDir(dir string) error {
	d, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

package conformance

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"volcimage/internal/task"
)

// KeysUnderTest keeps API keys. Each of its writes is one conditional write by key.
type KeysUnderTest interface {
	AddKey(ctx context.Context, k task.APIKey) error
	Key(ctx context.Context, id string) (task.APIKey, error)
	Keys(ctx context.Context) ([]task.APIKey, error)
	RevokeKey(ctx context.Context, id string, at time.Time) error
}

// Keys runs every promise of a store of API keys, each on an empty one.
func Keys(t *testing.T, open func(t *testing.T) KeysUnderTest) {
	for _, p := range []struct {
		name string
		hold func(*testing.T, keys)
	}{
		{"a key comes back as it was added", keyAsAdded},
		{"an id is given once", keyOnce},
		{"a key that is not there is not found, and cannot be revoked", keyMissing},
		{"a key is revoked once and for all, and no other with it", keyRevoked},
		{"keys are listed oldest first, revoked ones too", keysListed},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.hold(t, keys{open(t)})
		})
	}
}

type keys struct{ KeysUnderTest }

// add keeps a key whose other fields are filled.
func (s keys) add(t *testing.T, id string, at time.Time) task.APIKey {
	t.Helper()
	k := task.APIKey{ID: id, Owner: "alice", CreatedAt: at}
	for i := range k.Hash {
		k.Hash[i] = byte(200 + i)
	}
	if err := s.AddKey(t.Context(), k); err != nil {
		t.Fatalf("AddKey(%s): %v", id, err)
	}
	return k
}

func (s keys) want(t *testing.T, want task.APIKey) {
	t.Helper()
	got, err := s.Key(t.Context(), want.ID)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Key(%s): %v (-want +got):\n%s", want.ID, err, diff)
	}
}

// keyTime is in the precision that keys are made in.
var keyTime = epoch.Truncate(time.Microsecond)

func keyAsAdded(t *testing.T, s keys) {
	s.want(t, s.add(t, "a", keyTime))
}

func keyOnce(t *testing.T, s keys) {
	first := s.add(t, "a", keyTime)
	second := first
	second.Owner = "bob"
	wantError(t, "adding an id again", s.AddKey(t.Context(), second), task.ErrConflict)
	s.want(t, first)
}

func keyMissing(t *testing.T, s keys) {
	k := s.add(t, "a", keyTime)
	for _, id := range []string{"", "A", "a ", "b", "a' or '1'='1"} {
		_, err := s.Key(t.Context(), id)
		wantError(t, "Key("+id+")", err, task.ErrNotFound)
		wantError(t, "RevokeKey("+id+")", s.RevokeKey(t.Context(), id, keyTime), task.ErrNotFound)
	}
	s.want(t, k)
}

func keyRevoked(t *testing.T, s keys) {
	a, b := s.add(t, "a", keyTime), s.add(t, "b", keyTime)
	for _, after := range []time.Duration{time.Hour, 2 * time.Hour} {
		if err := s.RevokeKey(t.Context(), "a", keyTime.Add(after)); err != nil {
			t.Fatalf("RevokeKey after %v: %v", after, err)
		}
	}
	a.RevokedAt = keyTime.Add(time.Hour)
	s.want(t, a)
	s.want(t, b)
}

func keysListed(t *testing.T, s keys) {
	if got, err := s.Keys(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("of none: %v, %v", got, err)
	}
	var want []task.APIKey
	for i, id := range []string{"c", "a", "d", "b"} {
		want = append(want, s.add(t, id, keyTime.Add(time.Duration(i%2)*time.Hour)))
	}
	if err := s.RevokeKey(t.Context(), "d", keyTime.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	want[2].RevokedAt = keyTime.Add(time.Minute)
	slices.SortFunc(want, func(a, b task.APIKey) int {
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	got, err := s.Keys(t.Context())
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Errorf("Keys: %v (-want +got):\n%s", err, diff)
	}
}

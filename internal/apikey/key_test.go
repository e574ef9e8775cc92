package apikey

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"volcimage/internal/task"
)

var now = time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)

func make1(t *testing.T) (string, task.APIKey) {
	t.Helper()
	key, row, err := New("alice", now)
	if err != nil {
		t.Fatal(err)
	}
	return key, row
}

func TestNew(t *testing.T) {
	t.Run("a key has the form vi_<id>_<secret>, and its row only the hash", func(t *testing.T) {
		key, row := make1(t)
		if id, ok := ID(key); !ok || id != row.ID || len(key) != 3+16+1+52 {
			t.Errorf("key %q: id %q, %v; want %q", key, id, ok, row.ID)
		}
		if row.Owner != "alice" || !row.CreatedAt.Equal(now) || !row.RevokedAt.IsZero() || row.Hash != sha256.Sum256([]byte(key)) {
			t.Errorf("row %+v", row)
		}
	})
	t.Run("no two are alike", func(t *testing.T) {
		ids, secrets := map[string]bool{}, map[string]bool{}
		for range 1000 {
			key, row := make1(t)
			ids[row.ID], secrets[key[20:]] = true, true
		}
		if len(ids) != 1000 || len(secrets) != 1000 {
			t.Errorf("%d ids and %d secrets of 1000 keys", len(ids), len(secrets))
		}
	})
	t.Run("a name that cannot be an owner is refused", func(t *testing.T) {
		for _, name := range []task.Owner{"", "Alice", "a b", "a/b", "a:b", "星", task.Owner(strings.Repeat("a", 65))} {
			if _, _, err := New(name, now); err == nil {
				t.Errorf("%q: no error", name)
			}
		}
	})
}

func TestID(t *testing.T) {
	key, row := make1(t)
	for _, bad := range []string{
		"", "vi_", "vi__", key[3:], key[:len(key)-1], key + "a", strings.ToUpper(key), " " + key, "vi_" + row.ID, "vi_" + row.ID + "_",
		"vi_" + strings.Repeat("a", 15) + "_" + key[20:], "vi_" + row.ID + "\n_" + key[20:], "vi_" + row.ID + "_" + strings.Repeat("a", 51) + "b",
	} {
		if id, ok := ID(bad); ok {
			t.Errorf("%q has the id %q", bad, id)
		}
	}
}

func TestValid(t *testing.T) {
	key, row := make1(t)
	if !Valid(key, row) {
		t.Error("the key itself is not valid")
	}
	revoked := row
	revoked.RevokedAt = now
	other, _ := make1(t)
	for name, c := range map[string]struct {
		key string
		row task.APIKey
	}{
		"C32 the right id with a wrong secret": {key[:20] + other[20:], row}, "C32 no row": {key, task.APIKey{}},
		"C32 a revoked key": {key, revoked}, "C32 no key at all": {"", task.APIKey{}}, "another key": {other, row},
	} {
		t.Run(name, func(t *testing.T) {
			if Valid(c.key, c.row) {
				t.Error("it is valid")
			}
		})
	}
}

func FuzzID(f *testing.F) {
	key, _, err := New("alice", now)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(key)
	f.Add("vi__")
	f.Add("vi_aaaaaaaaaaaaaaaa_")
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := ID(s)
		if ok && (len(id) != 16 || len(s) != 72 || !strings.HasPrefix(s, "vi_"+id+"_")) {
			t.Errorf("%q has the id %q", s, id)
		}
		if Valid(s, task.APIKey{}) {
			t.Errorf("%q is valid without a row", s)
		}
	})
}

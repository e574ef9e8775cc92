package httpapi

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"testing"
	"time"

	"volcimage/internal/apikey"
	"volcimage/internal/task"
)

// oneKey is a table with the row of one key.
type oneKey task.APIKey

func (k oneKey) Key(_ context.Context, id string) (task.APIKey, error) {
	if id != k.ID {
		return task.APIKey{}, task.ErrNotFound
	}
	return task.APIKey(k), nil
}

// FuzzKeyHeader: whatever stands in the two headers, nobody is let in but by one of
// the keys that there are, whole, and each as its own owner.
func FuzzKeyHeader(f *testing.F) {
	const fixed = "key-of-ann-0123456789"
	made, row, err := apikey.New("bob", time.Unix(0, 0))
	if err != nil {
		f.Fatal(err)
	}
	k := keyring{fixed: map[[32]byte]task.Owner{sha256.Sum256([]byte(fixed)): "ann"}, stored: oneKey(row)}
	owners := map[string]task.Owner{fixed: "ann", made: "bob"}
	for _, key := range []string{"", fixed, made, made[:20], strings.ToUpper(made), made[:19] + "_" + made[20:], "vi__", "\x00" + fixed, fixed + ",", "狐狸"} {
		f.Add(key, "")
		f.Add("", "Bearer "+key)
		f.Add("", "bearer \t"+key+" ")
		f.Add("", "Basic "+key)
		f.Add(key, "Bearer "+fixed)
	}
	f.Fuzz(func(t *testing.T, header, authorization string) {
		r := &http.Request{Header: http.Header{"X-Api-Key": {header}, "Authorization": {authorization}}}
		owner, known, err := k.owner(t.Context(), presented(r))
		if err != nil {
			t.Fatalf("%q, %q: %v", header, authorization, err)
		}
		want := owners[header]
		if scheme, key, _ := strings.Cut(authorization, " "); header == "" && strings.EqualFold(scheme, "bearer") {
			want = owners[strings.TrimSpace(key)]
		}
		if known != (want != "") || known && owner != want {
			t.Errorf("%q, %q: let in %v as %q, want %q", header, authorization, known, owner, want)
		}
	})
}

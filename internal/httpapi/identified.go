package httpapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"

	"volcimage/internal/apikey"
	"volcimage/internal/catalog"
	"volcimage/internal/task"
)

// KeyStore finds the row of an API key by its id, also of a revoked one; it answers
// [task.ErrNotFound] where there is none.
type KeyStore interface {
	Key(ctx context.Context, id string) (task.APIKey, error)
}

// keyring is where keys are looked for.
type keyring struct {
	fixed  map[[32]byte]task.Owner // nil: no key is asked for
	stored KeyStore                // nil: there are no others
}

// identified finds out whose request it is. Who is nobody is told so by [admitted],
// once the request was counted.
func (k keyring) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := requestOf(r.Context())
		if k.fixed == nil {
			q.owner, q.known = task.Local, true
			next.ServeHTTP(w, r)
			return
		}
		owner, known, err := k.owner(r.Context(), presented(r))
		if err != nil {
			writeProblem(w, r, catalog.NewError(catalog.CodeUnavailable, err))
			return
		}
		if known {
			q.owner, q.known, q.byKey = owner, true, true
		}
		next.ServeHTTP(w, r)
	})
}

// presented is the key that came with r, empty for none.
func presented(r *http.Request) string {
	if key := r.Header.Get("X-Api-Key"); key != "" {
		return key
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// owner looks in both places, the store only for what has the form of its keys. An
// id that is not there is checked like one that is.
func (k keyring) owner(ctx context.Context, key string) (task.Owner, bool, error) {
	owner, known := ownerOf(k.fixed, key)
	id, formed := apikey.ID(key)
	if !formed || k.stored == nil || known {
		return owner, known, nil
	}
	row, err := k.stored.Key(ctx, id)
	if err != nil && task.KindOf(err) != task.NotFound {
		return "", false, fmt.Errorf("look up key %s: %w", id, err)
	}
	return row.Owner, apikey.Valid(key, row), nil
}

// ownerOf hashes and compares the same, whatever the key and whether there is one.
func ownerOf(keys map[[32]byte]task.Owner, key string) (owner task.Owner, ok bool) {
	hash := sha256.Sum256([]byte(key))
	for known, o := range keys {
		if subtle.ConstantTimeCompare(known[:], hash[:]) == 1 {
			owner, ok = o, key != ""
		}
	}
	return owner, ok
}

package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"volcimage/internal/task"
)

// A cursor is a place in a list, which way the list goes on from there, and a short
// hash of the query it belongs to, base64url. It is no secret and grants nothing: what it leads to is
// asked for with the owner of the request that brings it.

// filterBytes of the hash: enough that a cursor of another query is noticed.
const filterBytes = 6

const cursorBytes = 26 + 1 + filterBytes

// The directions of a cursor.
const ahead, back = 'n', 'p'

func encodeCursor(q task.Query, place task.ID, direction byte) string {
	return base64.RawURLEncoding.EncodeToString(append(append([]byte(place), direction), filterHash(q)...))
}

// decodeCursor answers the place in a cursor that was made for the same query, and
// its direction.
func decodeCursor(q task.Query, cursor string) (place task.ID, direction byte, err error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	// Decoding passes over line breaks and stray bits: one spelling only.
	if err != nil || len(b) != cursorBytes || !task.ID(b[:26]).Valid() || b[26] != ahead && b[26] != back || base64.RawURLEncoding.EncodeToString(b) != cursor {
		return "", 0, invalid("query.cursor", "is not a cursor of this list", cursor)
	}
	if string(b[27:]) != string(filterHash(q)) {
		return "", 0, invalid("query.cursor", "belongs to a list with other filters", cursor)
	}
	return task.ID(b[:26]), b[26], nil
}

// filterHash is the query without its place and length. Quoting keeps one field's
// end from being read as another's beginning.
func filterHash(q task.Query) []byte {
	text := fmt.Sprintf("%q %q %q %q %q %q %q %q %v %v %v %v %s %s", q.Owner, q.Text, q.Statuses, q.Model, q.Ratio, q.Tag, q.Folder, q.Parent,
		q.Favourite, q.Failed, q.Bin, q.Oldest,
		q.From.UTC().Format(time.RFC3339Nano), q.To.UTC().Format(time.RFC3339Nano))
	sum := sha256.Sum256([]byte(text))
	return sum[:filterBytes]
}

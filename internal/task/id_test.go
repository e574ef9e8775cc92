package task_test

import (
	"testing"
	"time"

	"volcimage/internal/task"
)

func TestIDsAreULIDsThatSortByAge(t *testing.T) {
	// 01ARZ3NDEK is the time part of the example in the ULID specification.
	at := time.UnixMilli(1469922850259)
	if got, want := string(task.NewID(at)[:10]), "01ARZ3NDEK"; got != want {
		t.Errorf("time part of an id at %d = %s, want %s", at.UnixMilli(), got, want)
	}
	older, newer := task.NewID(at), task.NewID(at.Add(time.Millisecond))
	if older >= newer {
		t.Errorf("%s was made before %s but does not sort before it", older, newer)
	}
	if first := task.FirstID(at); first > older || first[10:] != "0000000000000000" {
		t.Errorf("FirstID = %s, want the smallest id of its millisecond, like %s", first, older)
	}
	if again := task.NewID(at); again == older {
		t.Errorf("two ids of the same millisecond are equal: %s", again)
	}
}

func TestOnlyIDsAreValid(t *testing.T) {
	for id, want := range map[task.ID]bool{
		task.NewID(time.Now()):                   true,
		"01ARZ3NDEKTSV4RRFFQ69G5FAV":             true,
		"7ZZZZZZZZZZZZZZZZZZZZZZZZZ":             true,
		"8ZZZZZZZZZZZZZZZZZZZZZZZZZ":             false, // past 128 bits
		"01arz3ndektsv4rrffq69g5fav":             false,
		"01ARZ3NDEKTSV4RRFFQ69G5FA":              false,
		"01ARZ3NDEKTSV4RRFFQ69G5FAVV":            false,
		"01ARZ3NDEKTSV4RRFFQ69G5FAI":             false,
		"01ARZ3NDEKTSV4RRFFQ69G5FA/":             false,
		"../../../../../../etc/pass":             false,
		"":                                       false,
		"01ARZ3NDEKTSV4RRFFQ69G5FA\xff":          false,
		task.FirstID(time.Unix(-1, 0)):           true,
		task.FirstID(time.Unix(253402300799, 0)): true,
	} {
		if got := id.Valid(); got != want {
			t.Errorf("%q.Valid() = %v, want %v", id, got, want)
		}
	}
}

package dynamo

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"volcimage/internal/task"
)

// bucketAt is what DynamoDB says of a bucket that was moved.
func bucketAt(at time.Time) answer {
	return ok(fmt.Sprintf(`{"Attributes":{"at":{"N":"%d"}}}`, nanos(at)))
}

// bucketStays is what it says of one that was not; a zero time stands for no row.
func bucketStays(at time.Time) answer {
	if at.IsZero() {
		return refusal(http.StatusBadRequest, "ConditionalCheckFailedException", "")
	}
	return refusal(http.StatusBadRequest, "ConditionalCheckFailedException", fmt.Sprintf(`,"Item":{"at":{"N":"%d"}}`, nanos(at)))
}

func TestRequestsAreCountedInFewUpdates(t *testing.T) {
	now := time.Unix(1_800_000_000, 5).UTC()
	const interval, ahead = time.Second, 10 * time.Second
	after := now.Add
	for what, c := range map[string]struct {
		answers []answer
		at      time.Time
		ok      bool
	}{
		"one behind the clock, in one": {[]answer{bucketAt(after(interval))}, after(interval), true},
		"a full one, in one":           {[]answer{bucketStays(after(ahead))}, after(ahead), false},
		"one with room, in two":        {[]answer{bucketStays(after(3 * interval)), bucketAt(after(4 * interval))}, after(4 * interval), true},
		"one that another fills, in two": {
			[]answer{bucketStays(after(ahead - interval)), bucketStays(after(ahead))}, after(ahead), false,
		},
		"one that expires meanwhile, in three": {
			[]answer{bucketStays(after(interval)), bucketStays(time.Time{}), bucketAt(after(interval))}, after(interval), true,
		},
	} {
		play(t, func(t *testing.T, s *Store, script *scripted) {
			at, ok, err := s.Take(t.Context(), "read owner a", now, interval, ahead)
			if err != nil || ok != c.ok || !at.Equal(c.at) || len(script.requests) != len(c.answers) {
				t.Errorf("%s: at %v, %v, %v after %d requests; want %v, %v after %d", what, at, ok, err, len(script.requests), c.at, c.ok, len(c.answers))
			}
			for _, r := range script.requests {
				if r.operation != "UpdateItem" || r.body["ConditionExpression"] == nil || !strings.Contains(r.body["UpdateExpression"].(string), "SET") {
					t.Errorf("%s: %+v, want conditional updates", what, r)
				}
			}
		}, c.answers...)
	}
}

func TestRequestsAreNotCountedWhileTheTableIsThrottled(t *testing.T) {
	play(t, func(t *testing.T, s *Store, _ *scripted) {
		_, ok, err := s.Take(t.Context(), "read owner a", time.Unix(1, 0), time.Second, time.Second)
		wantKind(t, "Take", err, task.Unavailable)
		if ok {
			t.Error("counted")
		}
		_, err = s.Key(t.Context(), "id")
		wantKind(t, "Key", err, task.Unavailable)
		wantKind(t, "RevokeKey", s.RevokeKey(t.Context(), "id", time.Unix(1, 0)), task.Unavailable)
		wantKind(t, "AddKey", s.AddKey(t.Context(), task.APIKey{ID: "id"}), task.Unavailable)
	}, throttling)
}

func TestDamagedKeysLetNobodyIn(t *testing.T) {
	const short = `{"PK":{"S":"KEYS"},"SK":{"S":"K#id"},"owner":{"S":"o"},"hash":{"B":"AQ=="},"created_at":{"N":"1"}}`
	play(t, func(t *testing.T, s *Store, _ *scripted) {
		k, err := s.Key(t.Context(), "id")
		wantKind(t, "Key", err, task.Internal)
		if k != (task.APIKey{}) {
			t.Errorf("the key is %+v", k)
		}
	}, ok(`{"Item":`+short+`}`))
	play(t, func(t *testing.T, s *Store, _ *scripted) {
		_, err := s.Keys(t.Context())
		wantKind(t, "Keys", err, task.Internal)
	}, ok(`{"Count":1,"ScannedCount":1,"Items":[`+short+`]}`))
}

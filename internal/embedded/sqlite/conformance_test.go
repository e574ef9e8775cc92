package sqlite

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"

	"volcimage/internal/conformance"
)

// open opens a fresh database that is closed when the test ends.
func open(t testing.TB, o Options) *DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "data.db"), o)
}

func openAt(t testing.TB, path string, o Options) *DB {
	t.Helper()
	db, err := Open(t.Context(), path, o)
	if err != nil {
		t.Fatalf("Open(%s): %v", path, err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return db
}

func TestStoreConformance(t *testing.T) {
	conformance.Store(t, func(t *testing.T) conformance.StoreUnderTest { return open(t, Options{}) })
}

// Short pages that end for the bound on rows must add up to the same lists.
func TestStoreConformanceWithFewRowsPerCall(t *testing.T) {
	conformance.Store(t, func(t *testing.T) conformance.StoreUnderTest { return open(t, Options{ScanRows: 2, Readers: 1}) })
}

func TestKeysConformance(t *testing.T) {
	conformance.Keys(t, func(t *testing.T) conformance.KeysUnderTest { return open(t, Options{}) })
}

func TestQueueConformance(t *testing.T) {
	conformance.Queue(t, func(t *testing.T) conformance.QueueUnderTest {
		return queueUnderTest{open(t, Options{}).Queue(QueueConfig{
			Visibility: conformance.QueueVisibility, MaxReceive: conformance.QueueMaxReceive,
		})}
	}, synctest.Test)
}

// queueUnderTest is a Queue with the suite's own message type.
type queueUnderTest struct{ *Queue }

func (q queueUnderTest) Receive(ctx context.Context, n int) ([]conformance.Message, error) {
	return asSuite(q.Queue.Receive(ctx, n))
}

func (q queueUnderTest) DeadLetters(ctx context.Context) ([]conformance.Message, error) {
	return asSuite(q.Queue.DeadLetters(ctx, 100))
}

func (q queueUnderTest) Redrive(ctx context.Context) error {
	_, err := q.Queue.Redrive(ctx)
	return err
}

func asSuite(messages []Message, err error) ([]conformance.Message, error) {
	var all []conformance.Message
	for _, m := range messages {
		all = append(all, conformance.Message(m))
	}
	return all, err
}

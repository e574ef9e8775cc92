package generate_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"volcimage/internal/generate"
	"volcimage/internal/task"
	"volcimage/internal/tests/world"
)

// fullDisk refuses puts while it is full.
type fullDisk struct {
	generate.Objects
	full bool
	puts int
}

func (d *fullDisk) Put(ctx context.Context, o task.Object) error {
	d.puts++
	if d.full {
		return errors.New("write objects: no space left on device")
	}
	return d.Objects.Put(ctx, o)
}

func TestWithoutRoomForPicturesNoneIsBegunUntilThereIs(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		full := errors.New("the disk is nearly full")
		w.Worker.Room = func(context.Context) error { return full }
		made := w.Ask("a fox", 1)
		end := time.Now().Add(5 * time.Minute)
		w.Run(time.Hour, func() bool { return time.Now().After(end) })
		if n := w.Emu.Stats().Submits; n != 0 {
			t.Errorf("%d calls, want none: their pictures could not be stored", n)
		}
		full = nil
		if got := w.Finish(made); got.Status != task.Completed || w.Emu.Stats().Accepted != 1 {
			t.Errorf("once there is room: %s (%+v)", got.Status, got.Failure())
		}
	})
}

func TestOnAFullDiskATaskFailsByStorageAndARetryPaysNothing(t *testing.T) {
	inWorld(t, slow, func(t *testing.T, w *world.World) {
		disk := &fullDisk{Objects: w.Worker.Objects, full: true}
		w.Worker.Objects = disk
		made := w.Ask("a fox", 1)
		got := w.Finish(made)
		f := got.Failure()
		if got.Status != task.Failed || f.Code != "storage_failed" || f.Charged != task.ChargedYes {
			t.Fatalf("task %s failed by %+v, want FAILED by storage_failed, charged", got.Status, f)
		}
		if disk.puts != 1+w.Worker.MaxRetries {
			t.Errorf("%d tries to store, want %d", disk.puts, 1+w.Worker.MaxRetries)
		}
		if files := w.Files(); len(files) != 0 {
			t.Errorf("stored %v, want nothing half-written", files)
		}
		disk.full = false
		if _, err := w.Submit.Retry(t.Context(), "ann", made.ID); err != nil {
			t.Fatal(err)
		}
		if got := w.Finish(made); got.Status != task.Completed {
			t.Errorf("after room was made: %s (%+v), want COMPLETED", got.Status, got.Failure())
		}
		if n := w.Emu.Stats().Accepted; n != 1 {
			t.Errorf("%d pictures paid for, want one", n)
		}
	})
}

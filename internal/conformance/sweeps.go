package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/library"
	"volcimage/internal/sweep"
	"volcimage/internal/task"
)

// Objectlike is what the janitor needs of a picture store, and a way to fill it.
type Objectlike interface {
	sweep.Objects
	Put(ctx context.Context, o task.Object) error
}

// SweepUnderTest is a store and a picture store of the same world, both empty.
type SweepUnderTest struct {
	StoreUnderTest
	Objects Objectlike
}

// Sweeps runs what the janitor makes of objects without rows and rows without
// objects, in one world.
func Sweeps(t *testing.T, open func(t *testing.T) SweepUnderTest) {
	for _, p := range []struct {
		name string
		hold func(*testing.T, *janitor)
	}{
		{"C46 an object that no row names goes once it is an hour old, and no other", orphansGo},
		{"C46 where nothing is to be cleaned up no object goes", orphansStay},
		{"C46 a picture whose object is gone has failed in words, and its settings are kept", goneIsTold},
		{"C46 a picture whose object is back is back", goneComesBack},
		{"C46 a picture that is gone is drawn again by a retry", goneIsRetried},
		{"C46 of a set that is in part gone the rest stays, and nothing is drawn again", goneOfASet},
		{"C46 a thumbnail that is gone is replaced by its picture", goneThumbnail},
		{"C46 a round goes on where the last sweep ended, and rests at its end", roundsGoOn},
		{"C46 two janitors at once do no harm", twoJanitors},
		{"the bin is emptied after 30 days, and what was restored stays", binExpires},
		{"neither age nor want of space takes a favourite, and space is taken from the bin first", favouritesStay},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			p.hold(t, &janitor{store: store{w.StoreUnderTest}, objects: w.Objects, cleanup: true, now: time.Now().Add(2 * time.Hour)})
		})
	}
}

// janitor is one that comes when it is called, by its own clock.
type janitor struct {
	store
	objects Objectlike
	cleanup bool
	now     time.Time
	// maxAge and maxBytes are as of [sweep.Sweeper].
	maxAge   time.Duration
	maxBytes int64
}

// library is what people keep, by the janitor's clock.
func (j *janitor) library() *library.Service {
	return &library.Service{
		Store: j.store, Hints: nobody{}, Now: func() time.Time { return j.now }, Log: slog.New(slog.DiscardHandler),
	}
}

// sweep lets a janitor that knows nothing of those before it come once.
func (j *janitor) sweep(t *testing.T) (did sweep.Done) {
	t.Helper()
	lib := j.library()
	s := sweep.Sweeper{
		Store: j.store, Objects: j.objects, Hints: nobody{}, Log: lib.Log,
		Grant:  func(context.Context) error { return nil },
		Delete: lib.Delete, ClearBin: lib.ClearBin,
		Now: lib.Now, Cleanup: j.cleanup, MaxAge: j.maxAge, MaxBytes: j.maxBytes, RoundEvery: time.Minute,
		Report: func(d sweep.Done) { did = d },
	}
	if err := s.Sweep(t.Context()); err != nil {
		t.Errorf("sweep: %v", err)
	}
	return did
}

// round sweeps until nothing is left to be looked at, and rests.
func (j *janitor) round(t *testing.T) (did sweep.Done) {
	t.Helper()
	for range 100 {
		d := j.sweep(t)
		did.Orphans += d.Orphans
		did.Gone += d.Gone
		if j.rests(t, "rows") && (!j.cleanup || j.rests(t, "objects")) {
			j.now = j.now.Add(2 * time.Minute)
			return did
		}
	}
	t.Error("a round does not end")
	return did
}

// rests tells whether the next round of that name is still to come.
func (j *janitor) rests(t *testing.T, name string) bool {
	t.Helper()
	r, err := j.Record(t.Context(), "*janitor", "round", name)
	if err != nil {
		t.Fatal(err)
	}
	var round struct {
		Place string
		Next  time.Time
	}
	if err := json.Unmarshal(r.Doc, &round); err != nil {
		t.Fatal(err)
	}
	return round.Place == "" && round.Next.After(j.now)
}

type nobody struct{}

func (nobody) Send(context.Context, task.Ref, time.Duration) error { return nil }

// sizes of what stored puts.
const pictureBytes, thumbnailBytes = 1000, 100

// drawn makes a task that is over, with all of its pictures stored.
func (j *janitor) drawn(t *testing.T, o task.Owner, p task.Params) task.Task {
	t.Helper()
	p.Prompt, p.Model = "a fox in snow", "jimeng_t2i_v40"
	made, jobs := j.create(t, o, p, j.now)
	var u task.Usage
	for _, job := range jobs {
		job.Grant(j.now)
		made.JobGranted(job, j.now)
		job.Slot = false
		n := 1
		if p.CoherentSet {
			n = 3
		}
		var images []task.Image
		for i := range n {
			base := fmt.Sprintf("images/%s/%s/%d/2/%d", o, made.ID, job.N, i)
			im := task.Image{Format: "png", Bytes: pictureBytes, ThumbnailBytes: thumbnailBytes, Key: base + ".png", ThumbnailKey: base + ".thumb.jpg"}
			j.put(t, im.Key, pictureBytes)
			j.put(t, im.ThumbnailKey, thumbnailBytes)
			images = append(images, im)
			u.Bytes += pictureBytes + thumbnailBytes
			u.Images++
		}
		made.JobDone(job, images, j.now)
	}
	j.save(t, task.Change{Task: &made, Jobs: jobs, Usage: u})
	return made
}

func (j *janitor) put(t *testing.T, key string, size int) {
	t.Helper()
	if err := j.objects.Put(t.Context(), task.Object{Key: key, ContentType: pngType, Data: noise(size)}); err != nil {
		t.Fatalf("Put(%s): %v", key, err)
	}
}

func (j *janitor) lose(t *testing.T, keys ...string) {
	t.Helper()
	if err := j.objects.Delete(t.Context(), keys...); err != nil {
		t.Fatalf("Delete(%q): %v", keys, err)
	}
}

func (j *janitor) read(t *testing.T, made task.Task) (task.Task, []*task.Job) {
	t.Helper()
	got, err := j.Task(t.Context(), made.Owner, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := j.Jobs(t.Context(), made.Owner, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got, jobs
}

// wantKept holds what the store has, and what is counted for ann, against what her
// rows name.
func (j *janitor) wantKept(t *testing.T, images int, extra ...string) {
	t.Helper()
	page, _, err := j.objects.List(t.Context(), "images/", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(page) != 2*images+len(extra) {
		t.Errorf("the store has %q, want the objects of %d pictures and %q", keysOf(page), images, extra)
	}
	all, err := j.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		if u.Owner == "ann" && (u.Images != int64(images) || u.Bytes != int64(images)*(pictureBytes+thumbnailBytes)) {
			t.Errorf("ann stores %+v, want %d pictures", u.Usage, images)
		}
	}
}

func orphansGo(t *testing.T, j *janitor) {
	made := j.drawn(t, "ann", task.Params{Count: 2})
	strange := []string{"images/ann/readme.txt", "images/ann/no-id/0/1/0.png"}
	orphans := []string{
		fmt.Sprintf("images/ann/%s/0/1/0.png", made.ID), fmt.Sprintf("images/ann/%s/1/3/0.thumb.jpg", made.ID),
		fmt.Sprintf("images/bob/%s/0/2/0.png", made.ID), fmt.Sprintf("images/ann/%s/0/2/0.png", task.NewID(epoch)),
	}
	for _, key := range append(orphans, strange...) {
		j.put(t, key, 10)
	}
	later := j.now
	j.now = time.Now().Add(50 * time.Minute) // by some stores' clock, an hour is not over yet
	if d := j.round(t); d != (sweep.Done{}) {
		t.Errorf("within the hour: %+v, want nothing done", d)
	}
	j.wantKept(t, 2, append(orphans, strange...)...)
	j.now = later
	if d := j.round(t); d != (sweep.Done{Orphans: len(orphans)}) {
		t.Errorf("after it: %+v, want %d orphans removed", d, len(orphans))
	}
	j.wantKept(t, 2, strange...)
}

func orphansStay(t *testing.T, j *janitor) {
	j.cleanup = false
	key := fmt.Sprintf("images/ann/%s/0/2/0.png", task.NewID(epoch))
	j.put(t, key, 10)
	if d := j.round(t); d != (sweep.Done{}) {
		t.Errorf("%+v, want nothing done", d)
	}
	j.wantKept(t, 0, key)
}

func goneIsTold(t *testing.T, j *janitor) {
	half, whole, fine := j.drawn(t, "ann", task.Params{Count: 2}), j.drawn(t, "ann", task.Params{Count: 1}), j.drawn(t, "ann", task.Params{Count: 1})
	j.lose(t, half.Images[1].Key, whole.Images[0].Key, whole.Images[0].ThumbnailKey)
	if d := j.round(t); d.Gone != 2 {
		t.Errorf("%+v, want 2 pictures found missing", d)
	}
	for _, want := range []struct {
		task.Task
		status task.Status
		gone   int // index of the picture, -1: none
	}{{half, task.Partial, 1}, {whole, task.Failed, 0}, {fine, task.Completed, -1}} {
		got, _ := j.read(t, want.Task)
		if got.Status != want.status || got.Params.Prompt != "a fox in snow" || want.gone >= 0 == (got.Version == want.Version) {
			t.Errorf("the task is %s in version %d (%d before) with %+v, want %s", got.Status, got.Version, want.Version, got.Params, want.status)
		}
		for i, im := range got.Images {
			if i != want.gone {
				if im.Status != task.ImageDone {
					t.Errorf("picture %d is %s, want it as it was", i, im.Status)
				}
				continue
			}
			f := im.Failure
			if im.Status != task.ImageFailed || f == nil || f.Code != task.CodePictureGone || f.Charged != task.ChargedYes {
				t.Errorf("picture %d is %s by %+v, want it gone, and charged", i, im.Status, f)
			}
		}
	}
	if words := catalog.FaultOf(task.CodePictureGone).Detail; !strings.Contains(words.EN, "record") || words.ZH == "" {
		t.Errorf("its words are %+v", words)
	}
	if d := j.round(t); d.Gone != 0 {
		t.Errorf("a second round: %+v, want nothing new", d)
	}
}

func goneComesBack(t *testing.T, j *janitor) {
	made := j.drawn(t, "ann", task.Params{Count: 1})
	im := made.Images[0]
	j.lose(t, im.Key, im.ThumbnailKey)
	j.round(t)
	j.put(t, im.Key, pictureBytes)
	j.put(t, im.ThumbnailKey, thumbnailBytes)
	if d := j.round(t); d != (sweep.Done{}) {
		t.Errorf("%+v, want nothing removed: the row names what is gone", d)
	}
	got, jobs := j.read(t, made)
	if got.Status != task.Completed || got.Done() != 1 || got.Images[0].Failure != nil || jobs[0].Status != task.JobDone {
		t.Errorf("the task is %s, its picture %+v, its job %s", got.Status, got.Images[0], jobs[0].Status)
	}
	j.wantKept(t, 1)
}

func goneIsRetried(t *testing.T, j *janitor) {
	made := j.drawn(t, "ann", task.Params{Count: 2})
	j.lose(t, made.Images[0].Key, made.Images[0].ThumbnailKey)
	j.round(t)
	got, jobs := j.read(t, made)
	calls, err := got.Retry(jobs, j.now, 0)
	if err != nil || calls != 1 || jobs[0].Status != task.JobWaiting || jobs[1].Status != task.JobDone {
		t.Fatalf("a retry makes %d calls, %v; its jobs are %s and %s", calls, err, jobs[0].Status, jobs[1].Status)
	}
	j.save(t, task.Change{Task: &got, Jobs: jobs})
	j.put(t, made.Images[0].Key, pictureBytes) // now it is too late
	if d := j.round(t); d != (sweep.Done{Orphans: 1}) {
		t.Errorf("%+v, want the old picture's object removed", d)
	}
	j.wantKept(t, 1)
}

func goneOfASet(t *testing.T, j *janitor) {
	made := j.drawn(t, "ann", task.Params{Count: 3, CoherentSet: true})
	j.lose(t, made.Images[1].Key, made.Images[1].ThumbnailKey)
	j.round(t)
	got, jobs := j.read(t, made)
	if got.Status != task.Partial || got.Done() != 2 {
		t.Errorf("the task is %s with %d pictures, want PARTIAL with 2", got.Status, got.Done())
	}
	if _, err := got.Retry(jobs, j.now, 0); task.CodeOf(err) != catalog.CodeNotRetryable {
		t.Errorf("a retry: %v, want %s: the set would be drawn, and paid, as a whole", err, catalog.CodeNotRetryable)
	}
	j.wantKept(t, 2)
}

func goneThumbnail(t *testing.T, j *janitor) {
	made := j.drawn(t, "ann", task.Params{Count: 1})
	j.lose(t, made.Images[0].ThumbnailKey)
	j.round(t)
	got, _ := j.read(t, made)
	if im := got.Images[0]; got.Status != task.Completed || im.ThumbnailKey != im.Key || im.ThumbnailBytes != 0 {
		t.Errorf("the task is %s, its picture %+v", got.Status, im)
	}
}

func roundsGoOn(t *testing.T, j *janitor) {
	const owners = 13 // more than one sweep looks at
	for n := range owners {
		made := j.drawn(t, task.Owner(fmt.Sprintf("o%02d", n)), task.Params{Count: 1})
		j.lose(t, made.Images[0].Key, made.Images[0].ThumbnailKey)
	}
	for n := range 600 { // more than one sweep lists
		j.put(t, fmt.Sprintf("images/ann/%s/%d/1/0.png", task.NewID(epoch), n), 1)
	}
	first := j.sweep(t)
	if first.Gone != 10 || first.Orphans != 500 {
		t.Errorf("the first sweep: %+v, want ten owners and 500 objects looked at", first)
	}
	if second := j.sweep(t); second.Gone != 3 || second.Orphans != 100 {
		t.Errorf("the second sweep: %+v, want the rest", second)
	}
	key := fmt.Sprintf("images/ann/%s/0/1/0.png", task.NewID(epoch))
	j.put(t, key, 1)
	if third := j.sweep(t); third != (sweep.Done{}) {
		t.Errorf("at rest: %+v, want nothing looked at", third)
	}
	j.now = j.now.Add(2 * time.Minute)
	if d := j.round(t); d.Orphans != 1 {
		t.Errorf("the next round: %+v, want the new object found", d)
	}
}

func twoJanitors(t *testing.T, j *janitor) {
	fine, lost := j.drawn(t, "ann", task.Params{Count: 2}), j.drawn(t, "ann", task.Params{Count: 1})
	j.lose(t, lost.Images[0].Key, lost.Images[0].ThumbnailKey)
	for n := range 40 {
		j.put(t, fmt.Sprintf("images/ann/%s/%d/1/0.png", fine.ID, n), 1)
	}
	var both sync.WaitGroup
	for range 2 {
		other := *j
		both.Go(func() { other.sweep(t) })
	}
	both.Wait()
	j.now = j.now.Add(2 * time.Minute)
	j.round(t)
	j.wantKept(t, 2)
	if got, _ := j.read(t, fine); got.Status != task.Completed {
		t.Errorf("the task that lost nothing is %s", got.Status)
	}
	if got, _ := j.read(t, lost); got.Status != task.Failed {
		t.Errorf("the task that lost its picture is %s", got.Status)
	}
}

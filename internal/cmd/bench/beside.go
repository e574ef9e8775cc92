package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/embedded/host"
	"volcimage/internal/embedded/sqlite"
	"volcimage/internal/generate"
	"volcimage/internal/handler"
	"volcimage/internal/httpapi"
	"volcimage/internal/library"
	"volcimage/internal/logging"
	"volcimage/internal/prompts"
	"volcimage/internal/submit"
	"volcimage/internal/task"
)

// indexPause is how long the service lets submits gather for the index.
const indexPause = 500 * time.Millisecond

// turns are how many times in a round submits are measured with and without the index:
// a disk may be twice as fast in one second as in the next.
const turns = 15

// besideTheIndex measures how many submits a second the service takes by HTTP, through
// the api's function, without the index and while their words are put into it: in the
// demo data in that database, whose owner they are of. A second of each in turns, so that
// what others do, and the disk, meets both.
func (b *bench) besideTheIndex(ctx context.Context, o *ours, database string) (err error) {
	data := filepath.Join(o.work, "beside")
	if err := copyDatabase(ctx, database, data); err != nil {
		return err
	}
	if err := o.pause(ctx, data); err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, filepath.Join(data, "volcimage.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	address, stop, err := serveSubmits(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	look, err := raw(ctx, filepath.Join(data, "volcimage.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, look.Close()) }()
	var rates, shares [2][]float64
	for range turns * b.rounds {
		for i := range rates {
			rate, n, err := b.submits(ctx, db, address, i == 1)
			if err != nil {
				return err
			}
			waiting, err := catchUp(ctx, db, look)
			if err != nil {
				return err
			}
			rates[i], shares[i] = append(rates[i], rate), append(shares[i], 1-float64(waiting)/float64(n))
		}
	}
	b.index.submits, b.index.beside, b.index.followed = median(rates[0]), median(rates[1]), median(shares[1])
	b.say("%.0f submits a second, %.0f beside the index, which has %.0f %% of them then\n", b.index.submits, b.index.beside, 100*b.index.followed)
	return nil
}

// copyDatabase makes a data folder with a copy of that database.
func copyDatabase(ctx context.Context, from, data string) (err error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	db, err := raw(ctx, from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, `vacuum into ?`, filepath.Join(data, filepath.Base(from)))
	return err
}

// serveSubmits serves the api's function in this process, where the index follows only
// when it is told to.
func serveSubmits(ctx context.Context, db *sqlite.DB) (address string, stop func() error, err error) {
	log, err := logging.New(io.Discard, slog.LevelInfo, logging.JSON)
	if err != nil {
		return "", nil, err
	}
	hints := db.Queue(sqlite.QueueConfig{})
	granter := &generate.Granter{Store: db, Hints: hints, Limits: catalog.Limits(5), Now: time.Now, Log: log}
	api, err := httpapi.New(httpapi.Config{
		Submit:    &submit.Service{Store: db, Hints: hints, Grant: granter.Grant, Now: time.Now, Log: log, IndexPause: indexPause},
		Library:   &library.Service{Store: db, Hints: hints, Now: time.Now, Log: log},
		Templates: &prompts.Service{Store: db, Now: time.Now}, Mode: "live", Log: log,
		Health: func(context.Context) map[string]error { return nil },
	})
	if err != nil {
		return "", nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ctx, end := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- host.Serve(ctx, l, host.API(host.NewFunction(handler.API(api)), log), log) }()
	return l.Addr().String(), func() error { end(); return <-ended }, nil
}

// submits has as many connections as other requests submit for a while, and the index
// follow where it is to.
func (b *bench) submits(ctx context.Context, db *sqlite.DB, address string, indexed bool) (perSecond float64, n int64, err error) {
	l := load{
		address: address, conns: b.conns, length: min(b.length, time.Second), want: http.StatusAccepted,
		next: func(i int64) []byte {
			return plain(http.MethodPost, address, "/api/v1/generate",
				fmt.Sprintf(`{"prompt":"misty castle at golden dusk, oil painting of a quiet harbour under the stars, number %d","model":"%s","width":1024,"height":1024}`, i, model))
		},
	}
	asked, done := context.WithCancel(ctx)
	defer done()
	var index sync.WaitGroup
	var failed error
	if indexed {
		index.Go(func() { failed = follow(asked, db, min(indexPause, l.length/4)) })
	}
	n, took, err := l.run(ctx)
	done()
	index.Wait()
	return float64(n) / took.Seconds(), n, errors.Join(err, failed)
}

// catchUp tells how many tasks are not in the index, and puts them there.
func catchUp(ctx context.Context, db *sqlite.DB, look *sql.DB) (waiting int64, err error) {
	if err := look.QueryRowContext(ctx, `select count(*) from task where indexed = 0`).Scan(&waiting); err != nil {
		return 0, err
	}
	return waiting, indexAll(ctx, db)
}

// indexAll puts all into the index that is not there yet, so that the next round finds
// what the one before found.
func indexAll(ctx context.Context, db *sqlite.DB) (err error) {
	for more := true; more && err == nil; {
		more, err = db.Index(ctx, task.Ref{Owner: task.Local})
	}
	return err
}

// follow puts what was submitted into the index, as its steps do, until nobody asks.
func follow(ctx context.Context, db *sqlite.DB, pause time.Duration) error {
	for more := false; ctx.Err() == nil; {
		if !more {
			time.Sleep(pause)
		}
		var err error
		if more, err = db.Index(context.WithoutCancel(ctx), task.Ref{Owner: task.Local}); err != nil {
			return err
		}
	}
	return nil
}

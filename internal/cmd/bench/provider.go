package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"volcimage/internal/fetch"
	"volcimage/internal/task"
	"volcimage/internal/visual"
	"volcimage/internal/visual/visualtest"
)

// openProvider runs the emulator in this process, without limits and with pictures
// drawn beforehand, and makes what asks it.
func openProvider() (*visual.Client, *fetch.Fetcher, func() error, error) {
	emulator := httptest.NewServer(visualtest.New(visualtest.Config{
		AccessKey: accessKey, SecretKey: secretKey, Prerendered: true, Concurrency: -1, QPS: -1, QueryQPS: -1,
	}))
	closeIt := func() error { emulator.Close(); return nil }
	client, err := visual.New(visual.Config{AccessKey: accessKey, SecretKey: secretKey, Region: "cn-north-1", Service: "cv", Endpoint: emulator.URL})
	if err != nil {
		return nil, nil, nil, errors.Join(err, closeIt())
	}
	origin, err := url.Parse(emulator.URL)
	if err != nil {
		return nil, nil, nil, errors.Join(err, closeIt())
	}
	return client, fetch.New(fetch.Config{Origin: origin}), closeIt, nil
}

// drawPicture is one that the emulator draws, as it comes from the provider.
func drawPicture(ctx context.Context) (data []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client, fetcher, closeIt, err := openProvider()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeIt()) }()
	seed := int64(1)
	id, err := client.Submit(ctx, task.Params{Prompt: "misty castle", Model: model, Count: 1, Width: 1024, Height: 1024, Seed: &seed})
	if err != nil {
		return nil, err
	}
	for {
		res, err := client.Result(ctx, model, id)
		if err != nil {
			return nil, err
		}
		if res.Done {
			return fetcher.Fetch(ctx, res.Links[0])
		}
	}
}

// pictureNames are the files that the reference's provider wants.
var pictureNames = []string{"photo-1024.jpg", "photo-1024.png", "photo-2048.jpg", "photo-2048.png"}

// givePictures puts the emulator's picture where the reference's provider takes its
// own from, so that both services work on the same bytes.
func givePictures(ctx context.Context, dir string) error {
	data, err := drawPicture(ctx)
	if err != nil {
		return err
	}
	for _, name := range pictureNames {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Command local is the whole service on one machine: page, API, worker and
// janitor in one process, data in one folder.
//
//	local                  serve
//	local backup FOLDER    copy the data into a new folder, also while serving
//	local restore FOLDER   put a backup in the place of the data
//	local pause, resume    begin no calls at the provider, begin them again
//	local status           what waits, what is under way, what is stuck
//	local dead-letters     list the queue's messages that failed too often
//	local redrive [ID…]    send dead letters again, all of them without an ID
//	local import FILE [NAME]  put a part of an archive into a library
//	local demo-data N      make N finished tasks to try the service with, in demo mode
//	local reindex          put all tasks into the index of words anew
//	local keys add NAME    make an API key of that name, and show it once
//	local keys list        show ids, names and states of the keys
//	local keys revoke ID   end a key
//
// Settings come from the environment and from .env; see .env.example.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"volcimage/internal/config"
	"volcimage/internal/logging"
	"volcimage/internal/operate"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run does what the command line says; an error is one line for the operator.
func run(ctx context.Context, args []string, out io.Writer) error {
	cfg, err := settings()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return serve(ctx, cfg)
	}
	if do := operate.Find(commands(cfg, out), args); do != nil {
		return do(ctx)
	}
	return errors.New("usage: local [backup FOLDER | restore FOLDER | pause | resume | status | dead-letters | redrive [ID…] | reindex | import FILE [NAME] | demo-data N | keys add NAME | keys list | keys revoke ID]")
}

func commands(cfg config.Config, out io.Writer) []operate.Command {
	data := cfg.DataDir
	return []operate.Command{
		operate.Named("backup", 1, 1, func(ctx context.Context, a []string) error { return backup(ctx, data, a[0], out) }),
		operate.Named("restore", 1, 1, func(ctx context.Context, a []string) error { return restore(ctx, data, a[0], out) }),
		operate.Named("pause", 0, 0, func(ctx context.Context, _ []string) error { return pause(ctx, data, true, out) }),
		operate.Named("resume", 0, 0, func(ctx context.Context, _ []string) error { return pause(ctx, data, false, out) }),
		operate.Named("status", 0, 0, func(ctx context.Context, _ []string) error { return status(ctx, data, cfg.MaxConcurrentTasks, out) }),
		operate.Named("dead-letters", 0, 0, func(ctx context.Context, _ []string) error { return deadLetters(ctx, data, out) }),
		operate.Named("redrive", 0, maxListed, func(ctx context.Context, a []string) error { return redrive(ctx, data, a, out) }),
		operate.Named("reindex", 0, 0, func(ctx context.Context, _ []string) error { return reindex(ctx, data, out) }),
		operate.Named("import", 1, 2, func(ctx context.Context, a []string) error { return importPart(ctx, cfg, a, out) }),
		operate.Named("demo-data", 1, 1, func(ctx context.Context, a []string) error { return demoData(ctx, data, a[0], out) }),
		operate.Named("keys add", 1, 1, func(ctx context.Context, a []string) error { return addKey(ctx, data, a[0], out) }),
		operate.Named("keys list", 0, 0, func(ctx context.Context, _ []string) error { return listKeys(ctx, data, out) }),
		operate.Named("keys revoke", 1, 1, func(ctx context.Context, a []string) error { return revokeKey(ctx, data, a[0], out) }),
	}
}

// settings reads the environment, which goes before the file .env.
func settings() (config.Config, error) {
	file, err := config.ReadFile(".env")
	if err != nil {
		return config.Config{}, err
	}
	if unknown := config.Unknown(slices.Collect(maps.Keys(file))); len(unknown) > 0 {
		return config.Config{}, fmt.Errorf(".env: no such setting: %s; .env.example lists them", strings.Join(unknown, ", "))
	}
	return config.Load(config.Overlay(os.LookupEnv, file))
}

// serve runs the service until ctx ends.
func serve(ctx context.Context, cfg config.Config) error {
	defer runtime.KeepAlive(newHeapFloor())
	var sink io.Writer = os.Stdout
	format := logging.Text
	if cfg.LogFile != "" {
		f, err := logging.OpenFile(cfg.LogFile)
		if err != nil {
			return fmt.Errorf("LOG_FILE: %w", err)
		}
		defer func() { _ = f.Close() }() // the process ends next
		sink, format = f, logging.JSON
	}
	log, err := logging.New(sink, cfg.LogLevel, format, cfg.Secrets()...)
	if err != nil {
		return err
	}
	s, err := open(ctx, cfg, log)
	if err != nil {
		return err
	}
	return s.run(ctx)
}

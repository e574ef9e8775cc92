// Command local is the whole service on one machine: page, API, worker and
// janitor in one process, data in one folder.
//
//	local                  serve
//	local backup FOLDER    copy the data into a new folder, also while serving
//	local restore FOLDER   put a backup in the place of the data
//	local pause, resume    begin no calls at the provider, begin them again
//	local redrive          send dead letters again
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
	"slices"
	"strings"
	"syscall"

	"volcimage/internal/config"
	"volcimage/internal/logging"
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
	switch command := args[0]; {
	case command == "backup" && len(args) == 2:
		return backup(ctx, cfg.DataDir, args[1], out)
	case command == "restore" && len(args) == 2:
		return restore(ctx, cfg.DataDir, args[1], out)
	case (command == "pause" || command == "resume") && len(args) == 1:
		return pause(ctx, cfg.DataDir, command == "pause", out)
	case command == "redrive" && len(args) == 1:
		return redrive(ctx, cfg.DataDir, out)
	}
	return errors.New("usage: local [backup FOLDER | restore FOLDER | pause | resume | redrive]")
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

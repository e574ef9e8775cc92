// Command verify checks the catalog against VolcEngine itself: it draws one paid
// picture with each model and prints every assumed value beside what came.
//
//	make verify-provider
//
// The keys come from VOLC_ACCESS_KEY and VOLC_SECRET_KEY, in the environment or .env.
// It says what that will cost and asks on the terminal first; -yes skips the
// question. Keys and signed links are never printed.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"volcimage/internal/catalog"
	"volcimage/internal/config"
	"volcimage/internal/visual"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := start(ctx, console{In: os.Stdin, Terminal: isTerminal(os.Stdin), Out: os.Stdout})
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "verify:", err)
		os.Exit(1)
	}
}

// start reads the keys as the service does: from the environment, which goes
// before the file .env.
func start(ctx context.Context, con console) error {
	file, err := config.ReadFile(".env")
	if err != nil {
		return err
	}
	lookup := config.Overlay(os.LookupEnv, file)
	return run(ctx, os.Args[1:], con, func(name string) string {
		value, _ := lookup(name)
		return value
	})
}

// console is where the command asks and prints.
type console struct {
	In       io.Reader
	Terminal bool // somebody can answer
	Out      io.Writer
}

func (c console) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(c.Out, format, args...) // nobody is left to tell
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// settings are what the command was called with.
type settings struct {
	client visual.Config
	models []catalog.Model
	wait   time.Duration // for one picture
	every  time.Duration // between two polls
	yes    bool
}

// errDiffers is the end of a run that found something to correct.
var errDiffers = errors.New("the catalog differs from what came: see above")

func run(ctx context.Context, args []string, con console, env func(string) string) error {
	set, err := read(args, con.Out, env)
	if err != nil {
		return err
	}
	v, err := newVerifier(set, con)
	if err != nil {
		return err
	}
	// Free first: with wrong keys nothing needs to be asked.
	if err := v.probe(ctx); err != nil {
		return err
	}
	if err := agree(set, con); err != nil {
		return err
	}
	for _, m := range set.models {
		v.draw(ctx, m)
	}
	v.codes()
	if v.differs {
		return errDiffers
	}
	return nil
}

func read(args []string, out io.Writer, env func(string) string) (settings, error) {
	f := flag.NewFlagSet("verify", flag.ContinueOnError)
	f.SetOutput(out)
	yes := f.Bool("yes", false, "do not ask before drawing paid pictures")
	names := f.String("models", "", "models to verify, by comma; empty is all")
	wait := f.Duration("wait", 5*time.Minute, "how long to wait for one picture")
	every := f.Duration("every", 2*time.Second, "how often to ask for it")
	if err := f.Parse(args); err != nil {
		return settings{}, err
	}
	if f.NArg() > 0 || *wait <= 0 || *every <= 0 {
		return settings{}, errors.New("no arguments are taken, and -wait and -every must be positive")
	}
	set := settings{yes: *yes, wait: *wait, every: *every, models: catalog.Models()}
	if *names != "" {
		set.models = nil
		for id := range strings.SplitSeq(*names, ",") {
			m, ok := catalog.Lookup(id)
			if !ok {
				return settings{}, fmt.Errorf("-models: no model %q in the catalog", id)
			}
			set.models = append(set.models, m)
		}
	}
	set.client = visual.Config{
		AccessKey: env("VOLC_ACCESS_KEY"), SecretKey: env("VOLC_SECRET_KEY"),
		Region: env("VOLC_REGION"), Service: env("VOLC_SERVICE"),
		Endpoint: cmp.Or(env("VOLC_ENDPOINT"), "https://visual.volcengineapi.com"),
	}
	if set.client.AccessKey == "" || set.client.SecretKey == "" {
		return settings{}, errors.New("VOLC_ACCESS_KEY and VOLC_SECRET_KEY are needed")
	}
	return set, nil
}

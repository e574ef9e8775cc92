package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that this one has started.
type process struct {
	cmd   *exec.Cmd
	begun time.Time
	ended chan error
}

// launch starts a program in folder dir, with nothing of our environment but what
// programs need; what it prints goes to a file there.
func launch(ctx context.Context, dir string, env []string, name string, args ...string) (*process, error) {
	out, err := os.CreateTemp(dir, "log")
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // the process has its own
	// Not ended with ctx: stop does it, and waits.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...) //nolint:gosec // programs that we built
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	p := &process{cmd: cmd, begun: time.Now(), ended: make(chan error, 1)}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.ended <- cmd.Wait() }()
	return p, nil
}

// stopTime is how long a program may take to end.
const stopTime = 20 * time.Second

// stop asks the program to end, and ends it if it does not.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-p.ended:
		if err != nil {
			return fmt.Errorf("%s ended with: %w", p.cmd.Path, err)
		}
		return nil
	case <-time.After(stopTime):
		return errors.Join(fmt.Errorf("%s did not end", p.cmd.Path), p.cmd.Process.Kill())
	}
}

// freeAddress is one of this machine that nobody listens at.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// memory is what a process holds, and has held at most, in MiB.
func memory(pid int) (now, peak float64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, fmt.Errorf("memory of a process is read from /proc: %w", err)
	}
	field := func(name string) float64 {
		_, rest, _ := strings.Cut(string(status), "\n"+name+":")
		kib, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		n, convErr := strconv.ParseFloat(kib, 64)
		err = errors.Join(err, convErr)
		return n / 1024
	}
	return field("VmRSS"), field("VmHWM"), err
}

// tick is the unit in which Linux tells the time that a processor worked.
const tick = 10 * time.Millisecond

// worked is the processor time that the processes have taken.
func worked(pids ...int) (time.Duration, error) {
	var sum time.Duration
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		// The name may hold blanks; behind it utime and stime are fields 12 and 13.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		n, err := ticks(fields[11:13])
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

func ticks(fields []string) (sum time.Duration, err error) {
	for _, f := range fields {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// busy is the processor time that the whole machine has spent working.
func busy() (time.Duration, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	fields := strings.Fields(line) // cpu user nice system idle iowait irq softirq steal …
	if len(fields) < 9 {
		return 0, fmt.Errorf("/proc/stat begins with %q", line)
	}
	return ticks([]string{fields[1], fields[2], fields[3], fields[6], fields[7], fields[8]})
}

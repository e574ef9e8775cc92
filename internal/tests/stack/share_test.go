package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

const (
	// memory is what the template gives Generate, in MB.
	memory = 1024
	// wholeProcessor is the memory in MB at which Lambda gives a function one.
	// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
	wholeProcessor = 1769
	period         = 20_000 // µs: so short that Lambda's share shows in a step
)

// share makes a group of processes that has Generate's part of one processor, and
// answers how a process joins it; ok is false where this kernel has no such groups
// or they are not ours to make.
func share(t *testing.T) (join func(pid int) error, ok bool) {
	t.Helper()
	const quota = period * memory / wholeProcessor
	for root, files := range map[string]map[string]string{
		"/sys/fs/cgroup/cpu": {"cpu.cfs_period_us": strconv.Itoa(period), "cpu.cfs_quota_us": strconv.Itoa(quota)}, // version 1
		"/sys/fs/cgroup":     {"cpu.max": fmt.Sprintf("%d %d", quota, period)},                                     // version 2
	} {
		dir := filepath.Join(root, "volcimage-"+strconv.Itoa(os.Getpid()))
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		t.Cleanup(func() { _ = os.Remove(dir) }) // it is empty when its process has ended
		made := true
		for name, value := range files {
			made = made && os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600) == nil
		}
		if made {
			return func(pid int) error {
				return os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o600)
			}, true
		}
	}
	return nil, false
}

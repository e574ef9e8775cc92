package catalog

import (
	"slices"

	"volcimage/internal/task"
)

// Limits are the most calls in flight: total in all, and what the provider allows
// each model.
func Limits(total int) task.Limits {
	return task.Limits{Total: total, Model: func(id string) int {
		m, _ := Lookup(id)
		return max(m.Concurrency, 1)
	}}
}

// ResultHosts are the hosts from which pictures of any model are fetched.
func ResultHosts() []string {
	var hosts []string
	for _, m := range Models() {
		hosts = append(hosts, m.ResultHosts...)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

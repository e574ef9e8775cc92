package stack

import (
	"os"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// compose is what the rules below are about.
type compose struct {
	Services map[string]struct {
		Image       string
		Build       *struct{ Context string }
		Ports       []string
		User        string
		Privileged  bool
		ReadOnly    bool     `yaml:"read_only"`
		CapDrop     []string `yaml:"cap_drop"`
		SecurityOpt []string `yaml:"security_opt"`
		Volumes     []string
		Healthcheck *struct{ Test []string }
	}
}

// ports are all that are published; docs/docker.md and .ci/local name them.
var ports = map[string][]string{
	"stack": {"127.0.0.1:${STACK_PORT:-4566}:4566"}, "edge": {"127.0.0.1:${PAGE_PORT:-8080}:8080"}, "provider": nil,
}

func TestCompose(t *testing.T) {
	b, err := os.ReadFile("../../../docker-compose.local.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file compose
	if err := yaml.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Services) != 3 {
		t.Errorf("%d services, want stack, provider and edge", len(file.Services))
	}
	for name, s := range file.Services {
		if !slices.Equal(s.Ports, ports[name]) {
			t.Errorf("%s: ports %q, want %q", name, s.Ports, ports[name])
		}
		if s.Healthcheck == nil || len(s.Healthcheck.Test) == 0 {
			t.Errorf("%s: has no health check", name)
		}
		if tag := s.Image[strings.LastIndexByte(s.Image, ':')+1:]; s.Build == nil && (tag == s.Image || tag == "latest") {
			t.Errorf("%s: image %q is not pinned to a version", name, s.Image)
		}
		if s.Privileged {
			t.Errorf("%s: is privileged", name)
		}
		if name == "stack" { // runs the functions' containers, which takes root and the engine
			continue
		}
		if s.User == "" || strings.HasPrefix(s.User, "0") || strings.HasPrefix(s.User, "root") || !s.ReadOnly ||
			!slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges") || len(s.Volumes) > 0 {
			t.Errorf("%s: %+v, want a user, a read-only root, no capabilities, no new privileges and no volumes", name, s)
		}
	}
}

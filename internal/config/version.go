package config

import "runtime/debug"

// version is what `git describe` says of the source, where the Makefile built the program.
var version string

// Version names the source that the program was built from; empty where nothing is known.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return ""
}

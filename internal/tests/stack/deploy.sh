#!/usr/bin/env bash
# Deploys the template to MiniStack, an emulator of AWS, as `sam deploy` does it to
# AWS, and runs the tests of what is deployed.
#
# Needs Go, curl, Python with venv, and a kernel with user namespaces: all of it runs
# in a network of its own, and ends with this script whatever happens.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
sam=$("$root/.ci/venv" requirements) ministack=$("$root/.ci/venv" ministack)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $(uname -m) in aarch64) architecture=arm64 ;; *) architecture=x86_64 ;; esac
cd "$root" # all is built first: inside there is no network
go build -o "$work/" ./internal/cmd/visualstub
go test -c -o "$work/stack.test" ./internal/tests/stack
export SAM_CLI_TELEMETRY=0
ARCHITECTURE=$architecture ARCHITECTURE=$architecture "$sam/sam" build --build-dir "$work/build" --parameter-overrides "Stage=local Architecture=$architecture" >"$work/build.log" 2>&1 ||
  { cat "$work/build.log" >&2; exit 1; }
unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN # the SDK would read them
unshare -rn --fork --pid --kill-child --mount-proc "$here/deployed.sh" "$root" "$work" "$sam" "$ministack" "$architecture"

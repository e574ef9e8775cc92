#!/usr/bin/env bash
# Tests the AWS side against stand-ins for DynamoDB, SQS and S3.
#
#   run.sh              every test of what needs them
#   run.sh COMMAND…     the command instead, with the services' addresses in its environment
#
# GO_TEST_FLAGS are given to the building of the tests (default -race), TEST_FLAGS
# to their running. Needs Go, Java 17, Maven, and a kernel with user namespaces:
# DynamoDB Local listens on every interface, so all of it runs in a network of its
# own, and ends with this script whatever happens.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/volcimage/stack/$(sha256sum "$here/pom.xml" | cut -c1-12)
packages=(./internal/aws/awstest ./internal/aws/dynamo ./internal/aws/sqs ./internal/aws/s3 ./internal/cmd/deployed ./internal/tests/stack)

die() { echo "run.sh: $*" >&2; exit 1; }

# jars PROFILE: the jars of a stand-in, once for each version of pom.xml.
jars() {
  local lib=$cache/$1
  [ -d "$lib" ] && return
  echo "fetching $1 …" >&2
  mkdir -p "$cache"
  local new; new=$(mktemp -d "$cache/new.XXXXXX")
  mvn -q -B -f "$here/pom.xml" -P "$1" dependency:copy-dependencies -DoutputDirectory="$new/lib" -DincludeScope=runtime
  mv -T "$new/lib" "$lib" || [ -d "$lib" ] # another run may have been faster
  rm -rf "$new"
}

for tool in go java mvn unshare setpriv ip; do
  command -v "$tool" >/dev/null || die "$tool is not installed"
done
unshare -rn true 2>/dev/null || die "no user namespaces here (sysctl kernel.unprivileged_userns_clone, or the container's seccomp profile)"
jars dynamodb
jars elasticmq

work=$(mktemp -d)
child=
trap '[ -z "$child" ] || kill -KILL "$child" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
go build -C "$here/s3server" -o "$work/s3server" .
if [ $# -eq 0 ]; then # all is built first: inside there is no network
  cd "$root"
  for p in "${packages[@]}"; do
    # shellcheck disable=SC2086 # several flags
    go test ${GO_TEST_FLAGS--race} -c -o "$work/${p##*/}.test" "$p"
  done
  set -- "$here/tests.sh" "$root" "$work" "${packages[@]}"
fi
unset AWS_CA_BUNDLE AWS_PROFILE # the SDK would read them
# In the background, so that a signal is not kept until it ends; pdeathsig is for
# one that cannot be caught.
setpriv --pdeathsig KILL unshare -rn --fork --pid --kill-child --mount-proc "$here/within.sh" "$work" "$cache" "$@" &
child=$!
wait "$child"

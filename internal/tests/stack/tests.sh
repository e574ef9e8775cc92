#!/usr/bin/env bash
# tests.sh ROOT BINARIES PACKAGE…: runs the built tests, each in its package's
# folder, and fails where one does. run.sh calls it. They mostly wait for the
# stand-ins, so more run at once than there are processors.
set -uo pipefail
root=$1 binaries=$2
shift 2
status=0
for p in "$@"; do
  cd "$root/$p" || exit 1
  # shellcheck disable=SC2086 # several flags
  if out=$("$binaries/${p##*/}.test" -test.timeout 10m -test.parallel 8 ${TEST_FLAGS-} 2>&1); then
    [ -z "${TEST_FLAGS-}" ] || printf '%s\n' "$out"
    echo "ok   $p"
  else
    status=1
    printf '%s\n' "$out"
    echo "FAIL $p"
  fi
done
exit $status

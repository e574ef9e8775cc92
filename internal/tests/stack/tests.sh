#!/usr/bin/env bash
# tests.sh ROOT BINARIES PACKAGE…: runs the built tests, each in its package's
# folder, and fails where one does. run.sh calls it. They mostly wait for the
# stand-ins, so more run at once than there are processors.
set -uo pipefail
root=$1 binaries=$2
shift 2
status=0
log=$binaries/tests.txt
for p in "$@"; do
  cd "$root/$p" || exit 1
  SECONDS=0
  # shellcheck disable=SC2086 # several flags
  "$binaries/${p##*/}.test" -test.v -test.timeout 10m -test.parallel 8 ${TEST_FLAGS-} >"$log" 2>&1
  ended=$?
  # What is here for these tests is here: none may skip itself, but those of what is
  # deployed, which deploy.sh runs, and the process that another test starts.
  skipped=$(grep -- '--- SKIP: ' "$log" | grep -vE 'SKIP: (TestDeployed|TestTheProcessThatIsKilled)')
  if [ $ended = 0 ] && [ -z "$skipped" ]; then
    [ -z "${TEST_FLAGS-}" ] || cat "$log"
    echo "ok   $p  $SECONDS s"
  else
    status=1
    grep -vE '^ *(=== |--- PASS)' "$log"
    echo "FAIL $p"
  fi
done
exit $status

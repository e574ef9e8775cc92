#!/usr/bin/env bash
# The Docker loop, all of it: up, a prompt typed into the page that becomes a picture,
# each function under `sam local`, down, and nothing left behind.
# shellcheck disable=SC2154 # the outputs of the stack become variables
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

missing() {
  echo "######## make test-docker DID NOT RUN: $* ########" >&2
  [ "${CI:-}" != true ] # where all is to be tested, a skip is a failure
  exit
}
docker info >/dev/null 2>&1 || missing "there is no Docker engine"
docker compose version >/dev/null 2>&1 || missing "docker compose is not installed"
python3 -c 'import ensurepip, venv' 2>/dev/null || missing "Python with venv, for the SAM CLI, is not installed"

# Beside whatever `make local-up` started.
export COMPOSE_PROJECT_NAME=volcimage-test PAGE_PORT=18080 STACK_PORT=14566
start_api_port=13000
work=$(mktemp -d)
start_api=
finish() {
  local status=$?
  if [ -n "$start_api" ]; then kill "$start_api" 2>/dev/null && wait "$start_api" 2>/dev/null; fi
  if [ $status != 0 ]; then docker compose -f docker-compose.local.yml logs --tail 40 >&2; fi
  .ci/local down >"$work/down.log" 2>&1 || { cat "$work/down.log" >&2; status=1; }
  rm -rf "$work"
  exit $status
}
trap finish EXIT
fail() { echo "FAIL $*" >&2; exit 1; }
passed() { echo "ok   $*"; }

.ci/local up
passed "make local-up"
outputs=$(.ci/local outputs)
eval "$outputs"

export STACK_PAGE=http://127.0.0.1:$PAGE_PORT
tests() { # tests PACKAGE PATTERN
  go test -v -count=1 -run "$2" "$1" >"$work/test.txt" 2>&1 || { cat "$work/test.txt" >&2; fail "$2"; }
  grep -E -B 1 '^ *--- ' "$work/test.txt" | grep -vE '^(--|=== .*)$'
  if [ "${CI:-}" = true ] && grep -q -- '--- SKIP' "$work/test.txt"; then fail "a test skipped itself"; fi
}
STACK_URL=$STACK_PAGE STACK_TABLE=$TableName STACK_QUEUE_URL=$QueueUrl STACK_DEAD_LETTERS_URL=$DeadLettersUrl \
  AWS_ENDPOINT_URL=http://127.0.0.1:$STACK_PORT AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 \
  tests ./internal/tests/stack '^TestDeployed'
tests ./internal/tests/e2e '^TestAPromptTypedIntoTheDeployedPage$'

# answer FILE: whether a function's answer is one of success
answer() {
  python3 - "$1" <<'PY'
import json, sys
text = open(sys.argv[1]).read().strip()
answer = json.loads(text.splitlines()[-1]) if text else None
wrong = isinstance(answer, dict) and ("errorMessage" in answer or answer.get("batchItemFailures") or answer.get("statusCode", 200) >= 400)
sys.exit(f"answered {text}" if wrong else 0)
PY
}
for event in functions/*/events/*.json; do
  function=${event#functions/} function=${function%%/*}
  .ci/local sam invoke "${function^}" --event "$event" >"$work/answer" 2>"$work/invoke.log" || { cat "$work/invoke.log" >&2; fail "sam local invoke ${function^}"; }
  answer "$work/answer" || { cat "$work/invoke.log" >&2; fail "sam local invoke ${function^} with $event"; }
  passed "sam local invoke ${function^} with $event"
done

.ci/local sam start-api --host 127.0.0.1 --port $start_api_port >"$work/start-api.log" 2>&1 &
start_api=$!
for _ in $(seq 60); do
  kill -0 "$start_api" 2>/dev/null || break
  if curl -fsS -m 30 "http://127.0.0.1:$start_api_port/api/v1/health" >"$work/health" 2>/dev/null; then break; fi
  sleep 1
done
grep -q '"status":"ok"' "$work/health" || { cat "$work/start-api.log" >&2; fail "sam local start-api: health is not ok"; }
passed "sam local start-api answers health"
kill "$start_api" && wait "$start_api" || true # it was told to end
start_api=

.ci/local down >"$work/down.log" 2>&1
left=$(
  docker ps -aq --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME"
  docker network ls -q --filter "name=${COMPOSE_PROJECT_NAME}_"
  docker volume ls -q --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME"
  docker image ls -q --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME"
)
[ -z "$left" ] || fail "make local-down left $left"
passed "make local-down leaves nothing behind"

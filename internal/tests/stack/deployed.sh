#!/usr/bin/env bash
# deployed.sh ROOT WORK SAM MINISTACK ARCHITECTURE: starts the emulators, deploys and
# tests. It is process 1 of its own namespace, so that nothing outlives it; deploy.sh
# calls it.
# shellcheck disable=SC2154 # the outputs of the stack become variables
set -euo pipefail
root=$1 work=$2 sam=$3 ministack=$4 architecture=$5
ip link set lo up
export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
export AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
mkdir "$work/tmp"

fail() {
  echo "$*" >&2
  tail -n 60 "$work"/*.log >&2
  exit 1
}
answers() { # answers URL
  for _ in $(seq 300); do # 30 s
    curl -fsS -o "$work/tmp/answer" "$1" 2>/dev/null && return
    sleep 0.1
  done
  fail "nothing answers at $1"
}

TMPDIR=$work/tmp BIND_HOST=127.0.0.1 GATEWAY_PORT=4566 "$ministack/python" -m ministack >"$work/ministack.log" 2>&1 &
"$work/visualstub" -addr 127.0.0.1:18081 -delay 2s >"$work/provider.log" 2>&1 &
answers "$AWS_ENDPOINT_URL/_localstack/health"
answers http://127.0.0.1:18081/_emulator/stats

cd "$root"
for _ in 1 2; do # an update, too, must pass
  "$sam/sam" deploy --config-file "$root/samconfig.toml" --config-env local --template-file "$work/build/template.yaml" --stack-name volcimage-staging \
    --parameter-overrides "Stage=local Architecture=$architecture Endpoint=$AWS_ENDPOINT_URL VolcEndpoint=http://127.0.0.1:18081 VolcAccessKey=demo VolcSecretKey=demo-secret" \
    >"$work/deploy.log" 2>&1 || fail "sam deploy ended with an error"
done
outputs=$("$sam/python" .ci/stack.py outputs volcimage-staging)
eval "$outputs"
function=${ApiAddress#https://} # its own name is nobody's here: the emulator has a path instead
export STACK_URL=$AWS_ENDPOINT_URL/_aws/lambda-url/${function%%.*}
export STACK_TABLE=$TableName STACK_QUEUE_URL=$QueueUrl STACK_DEAD_LETTERS_URL=$DeadLettersUrl

cd "$root/internal/tests/stack"
if ! "$work/stack.test" -test.v -test.timeout 5m -test.run '^TestDeployed(DeadLetter)?$' >"$work/test.txt" 2>&1 ||
  ! grep -q '^--- PASS: TestDeployedDeadLetter' "$work/test.txt"; then # not skipped, either
  cat "$work/test.txt" >&2
  fail "what is deployed does not work"
fi
grep -E '^ *--- ' "$work/test.txt"

# The operator's commands find the stack by its stage.
operate() { make -s -C "$root" STAGE=staging "$@" >"$work/operate.txt" 2>&1 || { cat "$work/operate.txt" >&2; fail "make $*"; }; }
operate key NAME=alice
id=$(sed -n 's/^vi_\([a-z2-7]*\)_[a-z2-7]*$/\1/p' "$work/operate.txt")
operate revoke-key ID="$id"
operate keys
grep -q "^$id  alice .* revoked " "$work/operate.txt" || { cat "$work/operate.txt" >&2; fail "the key that was made and revoked is not listed"; }
operate status
grep -q '^dead letters  0$' "$work/operate.txt" || { cat "$work/operate.txt" >&2; fail "make status does not tell"; }
echo "--- PASS: make key, revoke-key, keys and status with STAGE=staging"

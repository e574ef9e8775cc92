#!/usr/bin/env bash
# make test-aws: the adapters against stand-ins for DynamoDB, SQS and S3, then the
# template as `sam deploy` puts it on an emulator of AWS.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

missing() {
  echo "######## make test-aws DID NOT RUN: $* ########" >&2
  [ "${CI:-}" != true ] # where all is to be tested, a skip is a failure
  exit
}
for tool in go java mvn python3 unshare ip curl; do
  command -v "$tool" >/dev/null || missing "$tool is not installed"
done
python3 -c 'import ensurepip, venv' 2>/dev/null || missing "Python's venv is not installed"
unshare -rn true 2>/dev/null || missing "there are no user namespaces here"

"$here/run.sh"
"$here/deploy.sh"

#!/usr/bin/env bash
# within.sh WORK CACHE COMMAND…: starts the stand-ins and runs the command. It is
# process 1 of its own namespace, so that nothing outlives it; run.sh calls it.
set -euo pipefail
work=$1 cache=$2
shift 2
ip link set lo up

export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=testsecret AWS_EC2_METADATA_DISABLED=true
export AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 AWS_ENDPOINT_URL_SQS=http://127.0.0.1:9324 AWS_ENDPOINT_URL_S3=http://127.0.0.1:7070

java -Xmx512m -cp "$cache/dynamodb/*" software.amazon.dynamodb.services.local.main.ServerRunner \
  -port 8000 -sharedDb -inMemory -disableTelemetry >"$work/dynamodb.log" 2>&1 &

cat >"$work/elasticmq.conf" <<'CONF'
include classpath("application.conf")
node-address { protocol = http, host = "127.0.0.1", port = 9324, context-path = "" }
rest-sqs { enabled = true, bind-hostname = "127.0.0.1", bind-port = 9324, sqs-limits = strict }
rest-stats { enabled = false }
CONF
java -Xmx128m -Dconfig.file="$work/elasticmq.conf" -cp "$cache/elasticmq/*" org.elasticmq.server.Main >"$work/elasticmq.log" 2>&1 &

mkdir "$work/objects"
"$work/s3server" -addr 127.0.0.1:7070 -dir "$work/objects" >"$work/s3.log" 2>&1 &

for port in 8000 9324 7070; do
  for try in $(seq 600); do # 30 s
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    if [ "$try" = 600 ]; then
      echo "nothing listens on port $port" >&2
      tail -n 20 "$work"/*.log >&2
      exit 1
    fi
    sleep 0.05
  done
done
"$@"

#!/bin/bash
# ElastiCache's Query API with nothing but curl: a group, a failover, its events.
# Needs a running server: export AWS_ENDPOINT_URL_ELASTICACHE=http://127.0.0.1:4566
set -euo pipefail
url=${AWS_ENDPOINT_URL_ELASTICACHE:-http://127.0.0.1:4566}
group=${1:-curl-example}

# call ACTION [NAME=VALUE...]: a form, as every SDK sends it.
call() {
	local action=$1 fields=()
	shift
	for field in "$@"; do
		fields+=(--data-urlencode "$field")
	done
	curl -sS --fail-with-body "$url" -d "Action=$action" -d Version=2015-02-02 "${fields[@]}"
	echo
}

# until_says TEXT ACTION [NAME=VALUE...]: asks until the answer has the text.
until_says() {
	local text=$1
	shift
	for _ in $(seq 300); do
		if call "$@" | grep -q "$text"; then
			return
		fi
		read -rt 0.1 <> <(:) || true
	done
	echo "$* never said $text" >&2
	return 1
}

call CreateReplicationGroup ReplicationGroupId="$group" \
	ReplicationGroupDescription="made with curl" CacheNodeType=cache.m5.large \
	NumCacheClusters=2 AutomaticFailoverEnabled=true
until_says '<Status>available</Status>' DescribeReplicationGroups ReplicationGroupId="$group"

call TestFailover ReplicationGroupId="$group" NodeGroupId=0001
until_says 'Finished recovery for cache nodes 0001' DescribeEvents SourceType=cache-cluster

# Everything also answers in JSON.
curl -sS -H 'Accept: application/json' \
	"$url/?Action=DescribeEvents&Version=2015-02-02&SourceIdentifier=$group"
echo
call DeleteReplicationGroup ReplicationGroupId="$group"

#!/bin/bash
# A failover with the AWS CLI, as the user guide shows it.
# Needs a running server: export AWS_ENDPOINT_URL_ELASTICACHE=http://127.0.0.1:4566
set -euo pipefail
export AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-test} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-test}
export AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-us-east-1} AWS_PAGER=
group=${1:-awscli-example}

# Older versions of the CLI do not know the variable, all know the option.
elasticache() {
	aws --endpoint-url "${AWS_ENDPOINT_URL_ELASTICACHE:-http://127.0.0.1:4566}" --output text \
		elasticache "$@"
}

roles() {
	elasticache describe-replication-groups --replication-group-id "$group" --query \
		'ReplicationGroups[0].NodeGroups[0].NodeGroupMembers[].[CacheClusterId,CurrentRole]'
}

elasticache create-replication-group --replication-group-id "$group" \
	--replication-group-description "made with the AWS CLI" --cache-node-type cache.m5.large \
	--num-cache-clusters 3 --automatic-failover-enabled \
	--preferred-cache-cluster-a-zs us-east-1a us-east-1b us-east-1c \
	--query ReplicationGroup.Status
elasticache wait replication-group-available --replication-group-id "$group"
roles

elasticache test-failover --replication-group-id "$group" --node-group-id 0001 \
	--query ReplicationGroup.Status
# The node that was the primary tells when it is back.
for _ in $(seq 60); do
	told=$(elasticache describe-events --source-type cache-cluster \
		--source-identifier "$group-001" --query 'Events[].[Message]')
	[[ $told != *'Finished recovery'* ]] || break
	echo "recovering" >&2
done
[[ $told == *'Finished recovery'* ]] || { echo "$group-001 did not come back" >&2; exit 1; }
roles
elasticache describe-events --query 'reverse(Events)[].[SourceIdentifier,Message]'
elasticache delete-replication-group --replication-group-id "$group" \
	--query ReplicationGroup.Status

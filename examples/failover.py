#!/usr/bin/python3
"""What does my application see when its primary fails? boto3 makes a group, redis-py writes to it
through the primary endpoint while TestFailover runs, and the longest silence is printed.

Needs a running server: export AWS_ENDPOINT_URL_ELASTICACHE=http://127.0.0.1:4566"""

import os
import sys
import time

import boto3
import redis

GROUP = sys.argv[1] if len(sys.argv) > 1 else "python-example"
elasticache = boto3.client(
    "elasticache", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test",
    endpoint_url=os.environ.get("AWS_ENDPOINT_URL_ELASTICACHE", "http://127.0.0.1:4566"))


def shard():
    groups = elasticache.describe_replication_groups(ReplicationGroupId=GROUP)
    return groups["ReplicationGroups"][0]["NodeGroups"][0]


def primary():
    return next(member["CacheClusterId"] for member in shard()["NodeGroupMembers"]
                if member["CurrentRole"] == "primary")


def recovered():
    events = elasticache.describe_events(Duration=5)["Events"]
    return any(event["Message"].startswith("Finished recovery")
               and event["SourceIdentifier"].startswith(GROUP) for event in events)


elasticache.create_replication_group(
    ReplicationGroupId=GROUP, ReplicationGroupDescription="made with boto3",
    CacheNodeType="cache.m5.large", NumCacheClusters=3, AutomaticFailoverEnabled=True)
elasticache.get_waiter("replication_group_available").wait(
    ReplicationGroupId=GROUP, WaiterConfig={"Delay": 1})
endpoint = shard()["PrimaryEndpoint"]
print(f"primary {primary()} at {endpoint['Address']}:{endpoint['Port']}")

client = redis.Redis(endpoint["Address"], endpoint["Port"], socket_timeout=1)
written = failed = 0
silence = 0.0
elasticache.test_failover(ReplicationGroupId=GROUP, NodeGroupId="0001")
last = start = time.monotonic()
while last < start + 2:
    try:
        client.set(f"key:{written}", written)
        silence, last = max(silence, time.monotonic() - last), time.monotonic()
        written += 1
    except redis.exceptions.RedisError:
        failed += 1
while not recovered():
    client.ping()

print(f"primary {primary()} at the same endpoint")
print(f"{written} writes, {failed} failed attempts, longest silence {silence * 1000:.0f} ms")
elasticache.delete_replication_group(ReplicationGroupId=GROUP)

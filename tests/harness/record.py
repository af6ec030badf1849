"""What the flows of a server have recorded, against each other and against the events."""

import re

CHOICES = """
SELECT f.id, n.name, o.value FROM flow f
	JOIN flow_value c ON c.flow_id = f.id AND c.name = 'candidate'
	JOIN flow_value o ON o.flow_id = f.id AND o.name = 'offsets'
	JOIN node n ON n.id = CAST(c.value AS INTEGER)
WHERE f.workflow = 'failover'
"""
OFFSET = re.compile(r"([\w-]+)=(\d+)")

# What flows did, and the events that tell of it, for every group at rest: the numbers are equal.
TOLD = """
WITH
	done AS (
		SELECT f.group_id, f.workflow, f.cause, f.state, EXISTS (SELECT 1 FROM flow_value v
			WHERE v.flow_id = f.id AND v.name = 'candidate') AS chosen FROM flow f),
	told AS (
		SELECT g.id AS group_id, e.source_type, e.message FROM replication_group g JOIN event e
			ON e.account = g.account AND e.region = g.region AND e.date >= g.created_at
			AND (e.source = g.name OR e.source LIKE g.name || '-___'))
SELECT g.name,
	(SELECT count(*) FROM done WHERE group_id = g.id AND workflow = 'failover' AND cause = 'api'),
	(SELECT count(*) FROM told WHERE group_id = g.id AND message LIKE 'Test Failover API called %'),
	(SELECT count(*) FROM done WHERE group_id = g.id AND state = 'done'
		AND (workflow = 'promote' OR workflow = 'failover' AND chosen)),
	(SELECT count(*) FROM told WHERE group_id = g.id AND source_type = 'replication-group'
		AND message LIKE 'Failover from master node %'),
	(SELECT count(*) FROM done WHERE group_id = g.id AND state = 'done'
		AND workflow = 'failover' AND chosen),
	(SELECT count(*) FROM told WHERE group_id = g.id AND source_type = 'cache-cluster'
		AND message LIKE 'Failover from master node %'),
	(SELECT count(*) FROM done WHERE group_id = g.id AND state = 'done'
		AND workflow IN ('replace', 'recreate')),
	(SELECT count(*) FROM told WHERE group_id = g.id AND message LIKE 'Finished recovery %')
FROM replication_group g
WHERE NOT EXISTS (SELECT 1 FROM flow f WHERE f.group_id = g.id AND f.state = 'running')
"""
DEEDS = ("tests of failover", "changes of the primary", "failovers", "recoveries")


def check_choices(server):
    """The replica that was promoted had read the most of what the old primary had sent."""
    for flow, chosen, offsets in server.rows(CHOICES):
        offsets = {name: int(offset) for name, offset in OFFSET.findall(offsets)}
        if offsets[chosen] < max(offsets.values()):
            yield f"flow {flow} chose {chosen} of {offsets}"


def check_told(server):
    """Every deed was told once."""
    for group, *counts in server.rows(TOLD):
        for deed, done, told in zip(DEEDS, counts[::2], counts[1::2]):
            if done != told:
                yield f"{group}: {done} {deed}, told of {told}"

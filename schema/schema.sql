-- The database as it is now, for reading. What is executed is ../migrations.

-- What a user created (see README.md for every table).
CREATE TABLE replication_group (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	account TEXT NOT NULL,
	region TEXT NOT NULL,
	name TEXT NOT NULL CHECK (name = lower(name)),
	description TEXT NOT NULL,
	status TEXT NOT NULL
		CHECK (status IN ('creating', 'available', 'modifying', 'deleting', 'create-failed')),
	automatic_failover TEXT NOT NULL
		CHECK (automatic_failover IN ('disabled', 'enabling', 'enabled', 'disabling')),
	multi_az INTEGER NOT NULL CHECK (multi_az IN (0, 1)),
	cluster_enabled INTEGER NOT NULL CHECK (cluster_enabled IN (0, 1)),
	auto_minor_version_upgrade INTEGER NOT NULL CHECK (auto_minor_version_upgrade IN (0, 1)),
	node_type TEXT NOT NULL,
	engine_version TEXT NOT NULL,
	parameter_group TEXT NOT NULL,
	subnet_group TEXT,
	security_groups TEXT NOT NULL,
	port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
	snapshot_retention INTEGER NOT NULL CHECK (snapshot_retention >= 0),
	snapshot_window TEXT NOT NULL,
	maintenance_window TEXT NOT NULL,
	snapshotting_cluster TEXT,
	topic_arn TEXT,
	topic_active INTEGER NOT NULL CHECK (topic_active IN (0, 1)),
	secret TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	pending_failover INTEGER CHECK (pending_failover IN (0, 1)),
	pending_primary TEXT,
	pending_node_type TEXT,
	pending_engine_version TEXT,
	pending_parameter_group TEXT,
	UNIQUE (account, region, name)
) STRICT;

-- A shard: endpoints, who is primary, whose data.
CREATE TABLE node_group (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	group_id INTEGER NOT NULL REFERENCES replication_group (id) ON DELETE CASCADE,
	name TEXT NOT NULL CHECK (length(name) = 4),
	status TEXT NOT NULL CHECK (status IN ('creating', 'available', 'modifying', 'deleting')),
	slots TEXT,
	primary_address TEXT NOT NULL UNIQUE,
	reader_address TEXT NOT NULL UNIQUE,
	primary_node INTEGER REFERENCES node (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
	reader_node INTEGER REFERENCES node (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
	lineage TEXT,
	older_lineage TEXT,
	UNIQUE (group_id, name)
) STRICT;

-- A redis-server; to the API a cache cluster.
CREATE TABLE node (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	node_group_id INTEGER NOT NULL REFERENCES node_group (id) ON DELETE CASCADE,
	name TEXT NOT NULL,
	zone TEXT NOT NULL,
	address TEXT NOT NULL UNIQUE,
	status TEXT NOT NULL CHECK (status IN ('creating', 'available', 'modifying', 'deleting')),
	health TEXT NOT NULL CHECK (health IN ('new', 'in-sync', 'lost', 'recovering', 'stopped')),
	created_at INTEGER NOT NULL,
	UNIQUE (node_group_id, name)
) STRICT;

-- What DescribeEvents shows.
CREATE TABLE event (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	account TEXT NOT NULL,
	region TEXT NOT NULL,
	source_type TEXT NOT NULL CHECK (source_type IN ('cache-cluster', 'replication-group')),
	source TEXT NOT NULL,
	message TEXT NOT NULL,
	date INTEGER NOT NULL
) STRICT;

CREATE INDEX event_by_date ON event (account, region, date, id);
CREATE INDEX event_by_age ON event (date);

-- Durable work and its cursor.
CREATE TABLE flow (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	workflow TEXT NOT NULL,
	group_id INTEGER NOT NULL REFERENCES replication_group (id) ON DELETE CASCADE,
	node_group_id INTEGER REFERENCES node_group (id) ON DELETE CASCADE,
	node_id INTEGER REFERENCES node (id) ON DELETE CASCADE,
	cause TEXT NOT NULL,
	step TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('running', 'done', 'abandoned', 'failed')),
	reason TEXT,
	started_at INTEGER NOT NULL,
	ended_at INTEGER,
	CHECK ((state = 'running') = (ended_at IS NULL)),
	CHECK (node_id IS NULL OR node_group_id IS NOT NULL)
) STRICT;

CREATE UNIQUE INDEX one_flow_a_group ON flow (group_id)
	WHERE state = 'running' AND node_group_id IS NULL;
CREATE UNIQUE INDEX one_flow_a_shard ON flow (node_group_id)
	WHERE state = 'running' AND node_id IS NULL AND node_group_id IS NOT NULL;
CREATE UNIQUE INDEX one_flow_a_node ON flow (node_id)
	WHERE state = 'running' AND node_id IS NOT NULL;
CREATE INDEX flow_running ON flow (id) WHERE state = 'running';
CREATE INDEX flow_of_group ON flow (group_id);
CREATE INDEX flow_of_shard ON flow (node_group_id);
CREATE INDEX flow_of_node ON flow (node_id);

-- What a flow has decided.
CREATE TABLE flow_value (
	flow_id INTEGER NOT NULL REFERENCES flow (id) ON DELETE CASCADE,
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (flow_id, name)
) STRICT;

-- Calls of TestFailover, for the rolling quota.
CREATE TABLE failover_test (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	account TEXT NOT NULL,
	region TEXT NOT NULL,
	node_group_id INTEGER NOT NULL,
	group_name TEXT NOT NULL,
	called_at INTEGER NOT NULL
) STRICT;

CREATE INDEX failover_test_by_date ON failover_test (account, region, called_at);

-- Tags by ARN.
CREATE TABLE tag (
	arn TEXT NOT NULL,
	key TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (arn, key)
) STRICT;

-- Zones in which the operator's faults are in force; others are up and take nodes.
CREATE TABLE zone (
	name TEXT PRIMARY KEY,
	down TEXT CHECK (down IN ('crash', 'hang', 'silent')),
	closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
	since INTEGER NOT NULL,
	CHECK (down IS NOT NULL OR closed = 1)
) STRICT;

-- What the operator has done to a node and will end by itself.
CREATE TABLE fault (
	node_id INTEGER NOT NULL REFERENCES node (id) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('hold', 'lag')),
	since INTEGER NOT NULL,
	until INTEGER NOT NULL,
	lasts INTEGER NOT NULL CHECK (lasts > 0),
	PRIMARY KEY (node_id, kind)
) STRICT;

-- How calendar time differs from the wall clock's; without a row it does not.
CREATE TABLE clock (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	shift INTEGER NOT NULL,
	frozen_at INTEGER NOT NULL CHECK (frozen_at >= 0)
) STRICT;

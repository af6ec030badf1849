CREATE TABLE zone (
	name TEXT PRIMARY KEY,
	down TEXT CHECK (down IN ('crash', 'hang', 'silent')),
	closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
	since INTEGER NOT NULL,
	CHECK (down IS NOT NULL OR closed = 1)
) STRICT;

CREATE TABLE fault (
	node_id INTEGER NOT NULL REFERENCES node (id) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('hold', 'lag')),
	since INTEGER NOT NULL,
	until INTEGER NOT NULL,
	lasts INTEGER NOT NULL CHECK (lasts > 0),
	PRIMARY KEY (node_id, kind)
) STRICT;

-- Brings a run.db of user_version 4 to 5: requests that were sent in batches.

CREATE TABLE batch (
	id       INTEGER PRIMARY KEY,
	teacher  TEXT NOT NULL,
	name     TEXT NOT NULL UNIQUE,
	remote   TEXT NOT NULL DEFAULT '',
	state    INTEGER NOT NULL DEFAULT 0,
	requests INTEGER NOT NULL,
	made     INTEGER NOT NULL,
	expires  INTEGER NOT NULL DEFAULT 0,
	answered INTEGER NOT NULL DEFAULT 0,
	failed   INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE batch_request (
	key   BLOB PRIMARY KEY,
	batch INTEGER NOT NULL
) WITHOUT ROWID;

-- Brings a run.db of user_version 1 to 2: steps in identity and operation, reasoning, counts
-- and cost of replies, inputs and lineage of units, grades.

ALTER TABLE identity RENAME TO identity_1;
CREATE TABLE identity (
	step  INTEGER NOT NULL,
	name  TEXT NOT NULL,
	value TEXT NOT NULL,
	shown TEXT NOT NULL,
	PRIMARY KEY (step, name)
) WITHOUT ROWID;
INSERT INTO identity
	SELECT CASE WHEN name IN ('model', 'seed') THEN 0 ELSE 1 END, name, value, shown FROM identity_1;
DROP TABLE identity_1;

ALTER TABLE operation RENAME TO operation_1;
CREATE TABLE operation (
	id    INTEGER PRIMARY KEY,
	at    INTEGER NOT NULL,
	step  INTEGER NOT NULL,
	name  TEXT NOT NULL,
	value TEXT NOT NULL
);
INSERT INTO operation SELECT id, at, CASE name WHEN 'n' THEN 1 ELSE 0 END, name, value FROM operation_1;
DROP TABLE operation_1;

ALTER TABLE reply ADD COLUMN reasoning TEXT NOT NULL DEFAULT '';
ALTER TABLE reply ADD COLUMN reasoning_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reply ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reply ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE reply ADD COLUMN unknown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reply ADD COLUMN cost INTEGER NOT NULL DEFAULT 0;

ALTER TABLE unit ADD COLUMN input TEXT NOT NULL DEFAULT '';
ALTER TABLE unit ADD COLUMN turns TEXT NOT NULL DEFAULT '';
ALTER TABLE unit ADD COLUMN parent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE unit ADD COLUMN operation TEXT NOT NULL DEFAULT '';
ALTER TABLE unit ADD COLUMN source TEXT NOT NULL DEFAULT '';
CREATE INDEX unit_under_way ON unit (step, ticket, item) WHERE state = 0;

CREATE TABLE answer (
	step   INTEGER NOT NULL,
	ticket INTEGER NOT NULL,
	item   INTEGER NOT NULL,
	stage  INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	score  REAL NOT NULL,
	chosen INTEGER NOT NULL,
	PRIMARY KEY (step, ticket, item, stage, sample)
) WITHOUT ROWID;

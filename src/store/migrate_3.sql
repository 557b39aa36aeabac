-- Brings a run.db of user_version 2 to 3: the tools and further members of an input, and what is
-- known of an answer beside its text; and what was in force where another default is today's.

ALTER TABLE unit ADD COLUMN tools TEXT NOT NULL DEFAULT '';
ALTER TABLE unit ADD COLUMN fields TEXT NOT NULL DEFAULT '';

ALTER TABLE instance ADD COLUMN role INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN score REAL;
ALTER TABLE instance ADD COLUMN sample INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN reasoning TEXT NOT NULL DEFAULT '';
ALTER TABLE instance ADD COLUMN reasoning_name INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN turns TEXT NOT NULL DEFAULT '';

-- What was in force, where today's defaults are others: respond answered records with an answer
-- again and left --system out, and an answer of respond or persona could be cut.
INSERT OR IGNORE INTO identity
	SELECT m.step, 'again', 'yes', 'yes' FROM identity m
	JOIN identity i ON i.step = m.step AND i.name = 'input' AND i.value <> ''
	WHERE m.name = 'method' AND m.value = 'respond';
INSERT OR IGNORE INTO identity
	SELECT m.step, 'no-system-out', 'yes', 'yes' FROM identity m
	JOIN identity y ON y.step = m.step AND y.name = 'system' AND y.value <> ''
	WHERE m.name = 'method' AND m.value = 'respond';
INSERT INTO identity
	SELECT step, 'rule', 'cut-reply=off', 'cut-reply=off' FROM identity
	WHERE name = 'method' AND value IN ('respond', 'persona')
	ON CONFLICT (step, name) DO UPDATE SET
	value = iif(value = '', '', value || char(10)) || excluded.value,
	shown = iif(value = '', '', value || char(10)) || excluded.value
	WHERE value NOT LIKE '%cut-reply=%';

-- The hash of an input was of its trimmed texts alone: it can't be held against today's.
UPDATE identity SET value = 'format 2: ' || value WHERE name = 'input' AND value <> '';

-- Of several answers those that said something were kept, in the order of the samples.
UPDATE instance SET sample = k.sample FROM (SELECT step, ticket, item, sample, row_number() OVER (
	PARTITION BY step, ticket, item ORDER BY sample) AS number FROM reply WHERE stage = 1 AND
	finish <> 'error' AND trim(text, ' ' || char(9, 10, 11, 12, 13)) <> '' AND
	step IN (SELECT m.step FROM identity m JOIN identity s ON s.step = m.step AND
	s.name = 'samples' AND CAST(s.value AS INTEGER) > 1 WHERE m.name = 'method' AND
	m.value = 'respond')) k
	WHERE k.step = instance.step AND k.ticket = instance.ticket AND k.item = instance.item
	AND k.number = instance.number;

-- The grade of an answer that was chosen.
UPDATE instance SET (score, sample) = (SELECT nullif(a.score, 0), a.sample FROM answer a
	WHERE a.step = instance.step AND a.ticket = instance.ticket AND a.item = instance.item
	AND a.chosen)
	WHERE EXISTS (SELECT 1 FROM answer a WHERE a.step = instance.step
	AND a.ticket = instance.ticket AND a.item = instance.item AND a.chosen);

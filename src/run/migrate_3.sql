-- Brings a run.db of user_version 2 to 3: the tools and further members of an input, and what is
-- known of an answer beside its text.

ALTER TABLE unit ADD COLUMN tools TEXT NOT NULL DEFAULT '';
ALTER TABLE unit ADD COLUMN fields TEXT NOT NULL DEFAULT '';

ALTER TABLE instance ADD COLUMN role INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN score REAL;
ALTER TABLE instance ADD COLUMN sample INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN reasoning TEXT NOT NULL DEFAULT '';
ALTER TABLE instance ADD COLUMN reasoning_name INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN turns TEXT NOT NULL DEFAULT '';

-- The grade of an answer that was chosen.
UPDATE instance SET (score, sample) = (SELECT nullif(a.score, 0), a.sample FROM answer a
	WHERE a.step = instance.step AND a.ticket = instance.ticket AND a.item = instance.item
	AND a.chosen)
	WHERE EXISTS (SELECT 1 FROM answer a WHERE a.step = instance.step
	AND a.ticket = instance.ticket AND a.item = instance.item AND a.chosen);

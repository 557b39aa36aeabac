-- Brings a run.db of user_version 3 to 4: what is asked about answers and finished units has stages
-- of its own, behind those of its method (before, their numbers were 100 and 200 more than those
-- they were about); and records of any shape.

UPDATE reply SET stage = CASE
	WHEN stage >= 200 THEN 5
	ELSE (SELECT CASE value WHEN 'respond' THEN 2 WHEN 'persona' THEN 3 ELSE 4 END
		FROM identity i WHERE i.step = reply.step AND i.name = 'method') END
	WHERE stage >= 100;

ALTER TABLE unit ADD COLUMN object TEXT NOT NULL DEFAULT '';
ALTER TABLE unit ADD COLUMN context TEXT NOT NULL DEFAULT '';

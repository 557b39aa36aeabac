-- run.db: all there is to know of one run. SQLite, WAL mode, user_version 6.
--
-- A run is one step or several, one after the other, each with a method. A method draws
-- examples from a growing pool, by pool tickets, or works on an input, one ticket an entry;
-- either makes units: an instruction on its way to a finished task. Every place in a run is
-- named by four numbers: step (from 1), ticket (from 1), item (0 for a pool ticket itself; n
-- for the unit made from its nth candidate, or the nth link of an input's chain) and stage (a row of
-- its method's table, from 1).
-- Nothing here is sorted or decided by time.

CREATE TABLE identity (       -- what makes this run what it is; never changes
	step  INTEGER NOT NULL, -- 0: of the whole run
	name  TEXT NOT NULL,
	value TEXT NOT NULL,  -- compared
	shown TEXT NOT NULL,  -- for people: a path rather than its hash; '' of the rules in force
	PRIMARY KEY (step, name)
) WITHOUT ROWID;

CREATE TABLE operation (      -- how it was run; the last value of a name is in force
	id    INTEGER PRIMARY KEY,
	at    INTEGER NOT NULL, -- wall clock, ns since 1970
	step  INTEGER NOT NULL, -- 0: of the whole run
	name  TEXT NOT NULL,
	value TEXT NOT NULL
);

CREATE TABLE part (           -- texts that many requests share, once
	id   INTEGER PRIMARY KEY,
	hash BLOB NOT NULL UNIQUE, -- SHA-256
	text TEXT NOT NULL
);

CREATE TABLE reply (          -- a question and its answer, stored before it is read
	id       INTEGER PRIMARY KEY,
	step     INTEGER NOT NULL,
	ticket   INTEGER NOT NULL,
	item     INTEGER NOT NULL,
	stage    INTEGER NOT NULL,
	sample   INTEGER NOT NULL,
	key      BLOB NOT NULL,    -- SHA-256 of the request's canonical form
	prompt   TEXT NOT NULL,    -- JSON: [{"role": …, "text": …} or {"role": …, "part": id}],
	                           -- with what else a turn has, {"tools": […]} if there are any, and
	                           -- {"schema": id of its part} if the reply was to fit one
	sampling TEXT NOT NULL,    -- JSON: temperature, top_p, …; of a text that is embedded {"kind": "embed"}
	seed     INTEGER NOT NULL, -- given to the teacher's sampler; 64 bits
	text     TEXT NOT NULL,
	reasoning TEXT NOT NULL,   -- what a reasoning model thought before it
	finish   TEXT NOT NULL,    -- stop, length, error (then text is the teacher's words)
	cached   INTEGER NOT NULL, -- 1: a copy, from the reply cache or of an equal request
	prompt_tokens     INTEGER NOT NULL,
	shared_tokens     INTEGER NOT NULL, -- of the prompt's: not computed again
	completion_tokens INTEGER NOT NULL,
	reasoning_tokens  INTEGER NOT NULL, -- of the completion's
	estimated INTEGER NOT NULL, -- 1: the teacher did not count
	attempts INTEGER NOT NULL, -- times it was sent
	unknown  INTEGER NOT NULL, -- of them, those that may have been paid for in vain
	cost     INTEGER NOT NULL, -- nano-dollars, at the price then
	began    INTEGER NOT NULL, -- wall clock, ns since 1970
	took     INTEGER NOT NULL, -- ns
	numbers  BLOB,             -- of a text that was scored or embedded, which has no other: 32-bit
	                           -- floating point, little endian; else NULL
	UNIQUE (step, ticket, item, stage, sample)
);

CREATE TABLE ticket (         -- committed pool tickets, without gaps
	step     INTEGER NOT NULL,
	ticket   INTEGER NOT NULL,
	examples TEXT NOT NULL,    -- JSON: ids of the examples shown
	accepted INTEGER NOT NULL, -- units made
	failed   INTEGER NOT NULL, -- 1: the teacher refused it
	PRIMARY KEY (step, ticket)
) WITHOUT ROWID;

CREATE TABLE unit (           -- instructions that were accepted, with their state
	step        INTEGER NOT NULL,
	ticket      INTEGER NOT NULL,
	item        INTEGER NOT NULL,
	stage       INTEGER NOT NULL, -- it waits for this one
	state       INTEGER NOT NULL, -- 0 under way, 1 finished, 2 failed
	instruction TEXT NOT NULL,
	input       TEXT NOT NULL,    -- of the instruction; '': it stands for itself
	turns       TEXT NOT NULL,    -- JSON [{"role", "content", …}]: what is to be answered, where it is
	                              -- more than the instruction; else ''
	is_classification INTEGER,    -- NULL until it is known
	parent      INTEGER NOT NULL, -- the item it was made from; 0: none
	operation   TEXT NOT NULL,    -- what made it of its parent
	source      TEXT NOT NULL,    -- id of the input it goes back to
	nearest     TEXT,             -- JSON: [{"id", "score"}], the nearest instructions when accepted
	mean_score  REAL,             -- ROUGE-L F1 over the whole pool then
	tools       TEXT NOT NULL DEFAULT '', -- JSON: the functions that the turns may call; '': none
	fields      TEXT NOT NULL DEFAULT '', -- JSON object: the input's further members; '': none
	object      TEXT NOT NULL DEFAULT '', -- JSON object: the record whole, of a method that works on
	                                      -- any shape of record; else ''
	context     TEXT NOT NULL DEFAULT '', -- what the method keeps of it on its way
	PRIMARY KEY (step, ticket, item)
);

CREATE INDEX unit_under_way ON unit (step, ticket, item) WHERE state = 0;

CREATE TABLE instance (       -- kept instances of finished units; of one that is judged after it was
                              -- answered, the answer, which stays where the judgement fails it
	step   INTEGER NOT NULL,
	ticket INTEGER NOT NULL,
	item   INTEGER NOT NULL,
	number INTEGER NOT NULL, -- from 1
	input  TEXT NOT NULL,
	output TEXT NOT NULL,    -- of an answer of several turns its last text
	role   INTEGER NOT NULL DEFAULT 0, -- 0 plain, 1 chosen, 2 rejected: preference data
	score  REAL,             -- NULL: not graded
	sample INTEGER NOT NULL DEFAULT 0, -- of the replies to its stage the one it is from
	reasoning TEXT NOT NULL DEFAULT '', -- what the model thought before it answered
	reasoning_name INTEGER NOT NULL DEFAULT 0, -- 0 reasoning_content, 1 reasoning, 2 thinking
	turns  TEXT NOT NULL DEFAULT '', -- JSON: the answer, where it is more than a text; else ''
	PRIMARY KEY (step, ticket, item, number)
) WITHOUT ROWID;

CREATE TABLE answer (         -- grades of the answers that the best was chosen from
	step   INTEGER NOT NULL,
	ticket INTEGER NOT NULL,
	item   INTEGER NOT NULL,
	stage  INTEGER NOT NULL,
	sample INTEGER NOT NULL, -- as in reply, where the answer itself is
	score  REAL NOT NULL,    -- 1 to 10; 0: not graded
	chosen INTEGER NOT NULL, -- 1: this one was read
	PRIMARY KEY (step, ticket, item, stage, sample)
) WITHOUT ROWID;

CREATE TABLE reject (         -- what was dropped, and why
	id     INTEGER PRIMARY KEY,
	step   INTEGER NOT NULL,
	ticket INTEGER NOT NULL,
	item   INTEGER NOT NULL, -- the candidate's number; of an instance: its unit's
	stage  INTEGER NOT NULL,
	rule   TEXT NOT NULL,
	text   TEXT NOT NULL,
	detail TEXT NOT NULL,    -- the word that was met, the teacher's own words, …
	near   TEXT,             -- id of the nearest instruction, for near-duplicate
	score  REAL
);

CREATE TABLE batch (          -- requests that go to a server together; written before they are sent
	id       INTEGER PRIMARY KEY,
	teacher  TEXT NOT NULL,    -- the server's address, and the model
	name     TEXT NOT NULL UNIQUE, -- goes along, so that it can be found there
	remote   TEXT NOT NULL DEFAULT '', -- what the server calls it; '': not known whether it has it
	state    INTEGER NOT NULL DEFAULT 0, -- 0 pending, 1 submitted, 2 done, 3 cancelled by the user
	requests INTEGER NOT NULL,
	made     INTEGER NOT NULL, -- wall clock, ns since 1970
	expires  INTEGER NOT NULL DEFAULT 0, -- likewise; 0: not said
	answered INTEGER NOT NULL DEFAULT 0, -- of the requests, as the server counts
	failed   INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE batch_request (  -- of each request the batch that it is in, of several the last
	key   BLOB PRIMARY KEY,    -- as in reply
	batch INTEGER NOT NULL
) WITHOUT ROWID;

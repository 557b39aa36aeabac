-- A run.db of format 1: two tasks, made by a teacher that makes answers up.
BEGIN TRANSACTION;
CREATE TABLE identity (       -- what makes this run what it is; never changes
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL,  -- compared
	shown TEXT NOT NULL   -- for people: a path rather than its hash
) WITHOUT ROWID;
INSERT INTO "identity" VALUES('against','','');
INSERT INTO "identity" VALUES('capitalize','no','no');
INSERT INTO "identity" VALUES('classification-only','no','no');
INSERT INTO "identity" VALUES('language','','');
INSERT INTO "identity" VALUES('lookahead','64','64');
INSERT INTO "identity" VALUES('method','self-instruct','self-instruct');
INSERT INTO "identity" VALUES('model','fake','fake');
INSERT INTO "identity" VALUES('prompt-style','completion','completion');
INSERT INTO "identity" VALUES('prompts','076db6f53dcf72f265bb0ae1b130caf46896563c48ad17828eec7b5a81b5c4a3','built in');
INSERT INTO "identity" VALUES('rule','','');
INSERT INTO "identity" VALUES('seed','1','1');
INSERT INTO "identity" VALUES('seeds','6666b4a02909ac011e7b20bf978235dd6ec45312a251df9c8b671d385f2f8073','built in');
INSERT INTO "identity" VALUES('strict-paper','no','no');
INSERT INTO "identity" VALUES('tokenizer','unicode','unicode');
INSERT INTO "identity" VALUES('topic','','');
INSERT INTO "identity" VALUES('variant','paper','paper');
CREATE TABLE instance (       -- kept instances of finished units
	step   INTEGER NOT NULL,
	ticket INTEGER NOT NULL,
	item   INTEGER NOT NULL,
	number INTEGER NOT NULL, -- from 1
	input  TEXT NOT NULL,
	output TEXT NOT NULL,
	PRIMARY KEY (step, ticket, item, number)
) WITHOUT ROWID;
INSERT INTO "instance" VALUES(1,1,2,1,'a interview','Sort it.');
INSERT INTO "instance" VALUES(1,1,2,2,'a timetable','Count it.');
INSERT INTO "instance" VALUES(1,1,2,3,'a recipe','Compare it.');
INSERT INTO "instance" VALUES(1,1,4,1,'a letter','Paraphrase it.');
INSERT INTO "instance" VALUES(1,1,4,2,'a lesson','List it.');
INSERT INTO "instance" VALUES(1,1,4,3,'a bridge','Invent it.');
INSERT INTO "instance" VALUES(1,1,4,4,'a contract','Plan it.');
INSERT INTO "instance" VALUES(1,1,4,5,'a kitchen','Explain it.');
INSERT INTO "instance" VALUES(1,2,1,1,'a workshop','Propose it.');
INSERT INTO "instance" VALUES(1,2,1,2,'a journey','Correct it.');
INSERT INTO "instance" VALUES(1,2,1,3,'a mountain','Estimate it.');
INSERT INTO "instance" VALUES(1,2,1,4,'a melody','Define it.');
INSERT INTO "instance" VALUES(1,2,1,5,'a market','Invent it.');
INSERT INTO "instance" VALUES(1,2,6,1,'a bridge','Invent it.');
INSERT INTO "instance" VALUES(1,2,6,2,'a engine','Sort it.');
INSERT INTO "instance" VALUES(1,2,6,3,'a interview','Estimate it.');
INSERT INTO "instance" VALUES(1,2,6,4,'a recipe','Summarise it.');
CREATE TABLE operation (      -- how it was run; the last value of a name is in force
	id    INTEGER PRIMARY KEY,
	at    INTEGER NOT NULL, -- wall clock, ns since 1970
	name  TEXT NOT NULL,
	value TEXT NOT NULL
);
INSERT INTO "operation" VALUES(1,1795495215965094375,'n','2');
INSERT INTO "operation" VALUES(2,1795495215965101823,'max-requests','0');
INSERT INTO "operation" VALUES(3,1795495215965105763,'concurrency','64');
INSERT INTO "operation" VALUES(4,1795495215965109094,'teacher','');
INSERT INTO "operation" VALUES(5,1795495215965112524,'parallel','0');
INSERT INTO "operation" VALUES(6,1795495215965115929,'ctx','0');
INSERT INTO "operation" VALUES(7,1795495215965119672,'threads','0');
INSERT INTO "operation" VALUES(8,1795495215965123699,'gpu-layers','-1');
INSERT INTO "operation" VALUES(9,1795495215965127046,'cache-dir','');
INSERT INTO "operation" VALUES(10,1795495215965130857,'no-cache','yes');
CREATE TABLE part (           -- texts that many requests share, once
	id   INTEGER PRIMARY KEY,
	hash BLOB NOT NULL UNIQUE, -- SHA-256
	text TEXT NOT NULL
);
INSERT INTO "part" VALUES(1,X'0CF407FD96159D1940B063564516E4795D43CCC3AF726D7B9304C8BBB141333D','Here is a varied series of tasks that can be done with text alone, each of another kind than the ones before it.
');
INSERT INTO "part" VALUES(2,X'EBA9EAB196089AF6E90187692A1AE64D0DA506AE64A65F36AD2277C51EC60236','For each task, decide whether it can be seen as a classification task, one whose output is always taken from a finite set of labels.

Task: Write a limerick about a lighthouse keeper who is afraid of the dark.
Is it classification? No

Task: How can I keep my dog calm during fireworks?
Is it classification? No

Task: Sarcastic or sincere? Judge the comment.
Is it classification? Yes

Task: Scale this recipe from four servings to six.
Is it classification? No

Task: Name the language of this snippet: Rust, Go, Swift, or Kotlin.
Is it classification? Yes

Task: Does this text message look like a scam? Reply with scam or legitimate.
Is it classification? Yes

Task: Put the steps for changing a flat tyre into the right order.
Is it classification? No

Task: Why does ice float on water?
Is it classification? No

Task: My car manual says 32 miles per US gallon. What is that in litres per 100 km?
Is it classification? No

Task: Into which bin does the item belong: paper, glass, compost, or residual waste?
Is it classification? Yes

Task: Turn these meeting notes into a table with the columns Owner, Task and Due.
Is it classification? No

Task: Create a Python function that groups the words of a list into anagrams of each other.
Is it classification? No

Task: Mark the statement as fact or opinion.
Is it classification? Yes

Task: Which planet in our solar system has the shortest day, and how long is it?
Is it classification? No

Task: Triage the bug report as blocker, major, minor, or cosmetic.
Is it classification? Yes

Task: Make this markup usable with a keyboard and a screen reader.
Is it classification? No

Task: Prepare six interview questions for hiring a school librarian.
Is it classification? No

Task: Two fair dice are rolled. Find the probability that the total is at least nine.
Is it classification? No

Task: Add the missing punctuation and capitals.
Is it classification? No

Task: Is the customer asking for a refund, a repair, a replacement, or information?
Is it classification? Yes

Task: Valid or invalid: does the conclusion follow from the premises?
Is it classification? Yes

Task: What does the French expression "avoir le cafard" mean, and when would someone say it?
Is it classification? No

Task: What is the tone of this message: apologetic, impatient, grateful, or neutral?
Is it classification? Yes

Task: Interpret the survey results in two sentences for a busy manager.
Is it classification? No

Task: Think up four punning names for a bakery.
Is it classification? No

Task: Which weighs more, a litre of water or a litre of olive oil? Answer water or oil.
Is it classification? Yes

Task: Stage a short dialogue between a cactus and an impatient gardener.
Is it classification? No

Task: Condense the paragraph into one sentence of at most 20 words.
Is it classification? No

Task: Which genre does this opening belong to: Gothic, western, hard science fiction, or cosy mystery?
Is it classification? Yes

Task: Grade the formality of the line as formal, neutral, or casual.
Is it classification? Yes

Task: List the countries that share the shore of Lake Victoria.
Is it classification? No

');
INSERT INTO "part" VALUES(3,X'C3459B1B2EC922ED669914C4A814CDF88FBA6C2AD056D7CCA024F6DAF507996E','Write worked examples for every task, a few different ones wherever the task allows it, or the output alone where the task already says everything.

Task: Say the same thing in at most eight words.
Example 1
Sentence: Due to the fact that the weather was so bad, we made the decision to stay at home.
Output: The weather was bad, so we stayed home.
Example 2
Sentence: It is absolutely necessary that each and every visitor signs the book at the entrance.
Output: Visitors must sign the book at the entrance.

Task: How can I stop my glasses from fogging up when I wear a face mask?
Output: Press the metal strip of the mask tightly over your nose and rest the glasses on top of the fabric. Washing the lenses with soapy water also helps, because it leaves a thin film that resists mist.

Task: Write a short Python function that does what the comment says.
Example 1
Input: # return the longest word of a sentence, the first one if several are equally long
Output:
def longest_word(sentence):
    return max(sentence.split(), key=len, default="")
Example 2
Input: # turn a number of seconds into text of the form h:mm:ss
Output:
def clock(seconds):
    minutes, s = divmod(seconds, 60)
    h, m = divmod(minutes, 60)
    return f"{h}:{m:02}:{s:02}"

Task: List every deadline in the message together with what is due.
Example 1
Message: Hi all, the budget draft is due on 4 March. The slides can wait until 11 March, but please book your trains by Friday.
Output:
- 4 March: budget draft
- 11 March: slides
- Friday: train bookings
Example 2
Message: Rent is payable on the first of each month, and your meter reading must reach us by 20 June.
Output:
- first of each month: rent
- 20 June: meter reading

Task: Write a haiku about the last bus of the night.
Output:
Headlights sweep wet stone,
one seat lit, the driver hums,
doors sigh and it''s gone.

Task: Work out what the shopping costs in total and show each step.
Example 1
Shopping: 3 notebooks at $2.50 each and 2 pens at $1.20 each
Output: The notebooks cost 3 x $2.50 = $7.50 and the pens 2 x $1.20 = $2.40. Together that is $7.50 + $2.40 = $9.90.
Example 2
Shopping: 4 kg of potatoes at $0.95 a kilo and one loaf of bread at $3.10
Output: The potatoes cost 4 x $0.95 = $3.80. With the bread that is $3.80 + $3.10 = $6.90.

Task: Explain the German word in English and use it in a simple German sentence.
Example 1
Word: Feierabend
Output: The free time after the day''s work is done. "Nach Feierabend gehe ich oft schwimmen."
Example 2
Word: Pfand
Output: A deposit that you get back when you return a bottle or can. "Auf dieser Flasche ist Pfand."
Example 3
Word: Ohrwurm
Output: A tune that will not leave your head. "Dieses Lied ist ein echter Ohrwurm."

Task: Name six things worth keeping in the car for a trip in winter.
Output:
1. Ice scraper
2. Warm blanket
3. Torch with fresh batteries
4. Small shovel
5. Jump leads
6. Water and snacks

Task: Turn the notes into a table with the columns Plant, Light and Water.
Example 1
Input: The fern likes shade and has to be watered daily. The cactus wants full sun and water once a month.
Output:
| Plant | Light | Water |
|---|---|---|
| Fern | shade | daily |
| Cactus | full sun | once a month |

Task: Why does bread go stale faster in the fridge than on the counter?
Output: Just above freezing, the starch in bread crystallises more quickly and pushes out the water it holds. The crumb therefore turns firm and dry sooner than at room temperature.

Task: Continue the conversation with one fitting reply by the given speaker.
Example 1
Speaker: librarian
Conversation: Visitor: I have lost the book I borrowed last month. What happens now?
Output: Don''t worry. Bring us another copy or pay for a new one, and you can borrow books again.
Example 2
Speaker: waiter
Conversation:
Guest: Is there a dessert without nuts?
Waiter: Yes, the lemon sorbet and the rice pudding.
Guest: Which one is less sweet?
Output: The lemon sorbet. It is quite sharp and very refreshing.

');
INSERT INTO "part" VALUES(4,X'E8C1DDC5B0E6251C74E32C175C6039B0B7D78CB0B0B09858625A0B71EE6D8DB8','Each task below is a classification task with a fixed set of possible labels. Go through the labels and write, for each of them, an input that has this label.

Task: Choose the department that should answer the customer: billing, delivery or repairs.
Class label: Billing
Message: You charged my card twice for the March invoice. Please refund one of the payments.
Class label: Repairs
Message: The washing machine I bought from you has broken down. Can a technician mend it?
Class label: Delivery
Message: Tracking says my parcel was handed over this morning, but nobody rang and nothing is here.

Task: Decide whether the sentence speaks of the past, the present or the future.
Class label: Past
Sentence: My grandmother sold vegetables at the harbour.
Class label: Future
Sentence: The bakery will open an hour later next week.
Class label: Present
Sentence: The cat is sleeping on the radiator right now.

Task: Which of the three numbered endings completes the proverb? Answer 1, 2 or 3.
Class label: 2
Proverb: A stitch in time saves ... (1) money (2) nine (3) face
Class label: 1
Proverb: Too many cooks spoil the ... (1) broth (2) party (3) mood
Class label: 3
Proverb: When the cat''s away, the mice will ... (1) sleep (2) hide (3) play

Task: Identify the programming language of the snippet as C, Python or SQL.
Class label: Python
Snippet:
for name in names:
    print(name.upper())
Class label: C
Snippet:
#include <stdio.h>
int main(void) {
    puts("ready");
    return 0;
}
Class label: SQL
Snippet:
SELECT city, COUNT(*)
FROM shops
GROUP BY city;

Task: Is the note to the caretaker urgent, or can it wait?
Class label: Urgent
Note: Water is pouring through the ceiling right onto the fuse box!
Class label: Can wait
Note: When you have a moment next month, please oil the squeaky gate.

Task: Say where the food is best kept: freezer, fridge or cupboard.
Class label: Fridge
Food: an opened carton of fresh milk
Class label: Cupboard
Food: a bag of dry rice
Class label: Freezer
Food: a tub of vanilla ice cream

Task: Three of the four words belong together. Answer with the one that does not.
Class label: tulip
Words: hammer, saw, tulip, pliers
Class label: Tuesday
Words: April, June, October, Tuesday

Task: Does the conclusion follow from the two premises? Answer valid or invalid.
Class label: Valid
Input: All herons are birds. All birds have feathers. Therefore all herons have feathers.
Class label: Invalid
Input: All roses are plants. Some plants are cactuses. Therefore some roses are cactuses.

Task: Name the part of speech of the word in capitals: noun, verb or adjective.
Class label: Verb
Sentence: Please WATER the tomatoes before breakfast.
Class label: Noun
Sentence: He drank a glass of cold WATER.
Class label: Adjective
Sentence: It was a WARM evening in May.

Task: Read the dialogue and decide whether the proposal is accepted, refused or postponed.
Class label: Refused
Dialogue:
Cem: Would you like to join our choir?
Dee: No, thank you. Singing is not for me.
Class label: Accepted
Dialogue:
Ana: Shall we take the early train?
Bo: Good idea, I''ll book two seats.
Class label: Postponed
Dialogue:
Eva: Could we discuss the contract today?
Finn: Not today. Let''s do it next Monday instead.

Task: Compare the two amounts and say which is larger: left, right or equal.
Class label: Left
Input: 3/4 and 0.7
Class label: Equal
Input: 1.5 kg and 1500 g
Class label: Right
Input: 2 hours and 130 minutes

Task: In which language is the sentence written: French, German, Italian or Spanish?
Class label: German
Sentence: Wir treffen uns morgen am Bahnhof.
Class label: Italian
Sentence: Dove hai messo le chiavi?
Class label: French
Sentence: J''ai oublié mon parapluie dans le train.
Class label: Spanish
Sentence: ¿Cuánto cuesta este libro?

Task: Does the text give away somebody''s personal contact details? Answer yes or no.
Class label: Yes
Text: You can reach Marta at home on 555-0142 after six.
Class label: No
Text: The shop is closed on public holidays.

Task: State whether the numbers are increasing, decreasing or neither.
Class label: Neither
Numbers: 7, 3, 8, 1
Class label: Increasing
Numbers: 2, 5, 9, 14
Class label: Decreasing
Numbers: 40, 31, 12, 3

Task: Guess the kind of story from its opening line: detective story, fairy tale or science fiction.
Class label: Detective story
Opening: Inspector Rao counted again: six guests, seven wine glasses and one body.
Class label: Fairy tale
Opening: Once upon a time a miller''s daughter met a talking fox who granted wishes.
Class label: Science fiction
Opening: Our cargo ship had nine hours of fuel left when the third moon rose over the colony.

Task: Tell whether the message is written in a formal or an informal style.
Class label: Informal
Message: hey, u still up for pizza tonight? can''t wait lol
Class label: Formal
Message: Dear Dr Mensah, I should be grateful if you would confirm receipt of my application.

');
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
INSERT INTO "reject" VALUES(1,1,1,1,1,'non-ascii','Écrivez une lettre sur le calendar','É',NULL,NULL);
INSERT INTO "reject" VALUES(2,1,1,3,1,'too-short','Go on.','',NULL,NULL);
INSERT INTO "reject" VALUES(3,1,2,2,1,'too-short','Go on.','',NULL,NULL);
INSERT INTO "reject" VALUES(4,1,2,5,1,'keyword','Draw a picture of a letter','picture',NULL,NULL);
INSERT INTO "reject" VALUES(5,1,1,5,3,'conflict','Input: a argument
Output: Name it.','',NULL,NULL);
INSERT INTO "reject" VALUES(6,1,1,5,3,'conflict','Input: a library
Output: Extend it.','',NULL,NULL);
INSERT INTO "reject" VALUES(7,1,1,5,3,'conflict','Input: a theorem
Output: Criticise it.','',NULL,NULL);
INSERT INTO "reject" VALUES(8,1,1,5,3,'conflict','Input: a sentence
Output: Count it.','',NULL,NULL);
INSERT INTO "reject" VALUES(9,1,1,5,3,'conflict','Input: a argument
Output: Rank it.','',NULL,NULL);
INSERT INTO "reject" VALUES(10,1,1,5,3,'no-instance','Propose the melody of nes ba banesmi widra kelran lowiba dradra lofogu shi','Example 1
Input: a argument
Output: Name it.
Example 2
Input: a library
Output: Extend it.
Example 3
Input: a theorem
Output: Criticise it.
Example 4
Input: a sentence
Output: Count it.
Example 5
Input: a argument
Output: Rank it.
',NULL,NULL);
INSERT INTO "reject" VALUES(11,1,2,3,3,'conflict','Input: the bridge
Output: yes','',NULL,NULL);
INSERT INTO "reject" VALUES(12,1,2,3,3,'conflict','Input: the sentence
Output: no','',NULL,NULL);
INSERT INTO "reject" VALUES(13,1,2,3,3,'conflict','Input: the orchard
Output: no','',NULL,NULL);
INSERT INTO "reject" VALUES(14,1,2,3,3,'conflict','Input: the garden
Output: no','',NULL,NULL);
INSERT INTO "reject" VALUES(15,1,2,3,3,'conflict','Input: the bridge
Output: no','',NULL,NULL);
INSERT INTO "reject" VALUES(16,1,2,3,3,'conflict','Input: the invoice
Output: yes','',NULL,NULL);
INSERT INTO "reject" VALUES(17,1,2,3,3,'conflict','Input: the argument
Output: no','',NULL,NULL);
INSERT INTO "reject" VALUES(18,1,2,3,3,'no-instance','Summarise the melody of fokel ter terwiwi nesmi kelran ranpolo midralo ba draran shi','Class label: yes
Input: the bridge
Class label: no
Input: the sentence
Class label: no
Input: the orchard
Class label: no
Input: the garden
Class label: no
Input: the bridge
Class label: yes
Input: the invoice
Class label: no
Input: the argument
',NULL,NULL);
INSERT INTO "reject" VALUES(19,1,2,4,3,'no-instance','Convert the proverb of ba kelba vu','I do not know.',NULL,NULL);
INSERT INTO "reject" VALUES(20,1,2,6,3,'cut-instance','Input: a library
Output: Plan it.','',NULL,NULL);
CREATE TABLE reply (          -- a question and its answer, stored before it is read
	id       INTEGER PRIMARY KEY,
	step     INTEGER NOT NULL,
	ticket   INTEGER NOT NULL,
	item     INTEGER NOT NULL,
	stage    INTEGER NOT NULL,
	sample   INTEGER NOT NULL,
	key      BLOB NOT NULL,    -- SHA-256 of the request's canonical form
	prompt   TEXT NOT NULL,    -- JSON: [{"role": …, "text": …} or {"role": …, "part": id}]
	sampling TEXT NOT NULL,    -- JSON: temperature, top_p, …
	seed     INTEGER NOT NULL, -- given to the teacher's sampler; 64 bits
	text     TEXT NOT NULL,
	finish   TEXT NOT NULL,    -- stop, length, error (then text is the teacher's words)
	cached   INTEGER NOT NULL, -- 1: from the reply cache
	prompt_tokens     INTEGER NOT NULL,
	shared_tokens     INTEGER NOT NULL,
	completion_tokens INTEGER NOT NULL,
	began    INTEGER NOT NULL, -- wall clock, ns since 1970
	took     INTEGER NOT NULL, -- ns
	UNIQUE (step, ticket, item, stage, sample)
);
INSERT INTO "reply" VALUES(1,1,1,0,1,0,X'5FD1612DDF5E3833D34E9E8239C33B953A2BE0F836F7FA615EEC2ECC56E1E1D7','[{"role":"","part":1},{"role":"","text":"Task 1: My cat has started to scratch the sofa. Any ideas?\nTask 2: Contrast frogs and toads in a small table.\nTask 3: Say goodbye, in a short free-verse poem, to a tree that must be felled tomorrow.\nTask 4: Give a one-minute toast for Ruth, who retires after thirty years of driving the number 7 bus.\nTask 5: Rate the reviewer''s opinion of the food only: positive, negative, mixed, or not mentioned.\nTask 6: Interpret the survey results in two sentences for a busy manager.\nTask 7: Number the events in the order in which they happened, adding the years.\nTask 8: Where does the word \"salary\" come from?\nTask 9:"}]','{"temperature":0.7,"top_p":0.5,"top_k":0,"presence_penalty":2.0,"frequency_penalty":0.0,"max_tokens":1024,"stop":["Task 16","\n\n"]}',-1522881545131685183,' Écrivez une lettre sur le calendar
Task 10: Summarise the recipe of loshi terwi kel shi dra fokelwi wishi shi gu draba
Task 11: Go on.
Task 12: Plan the harbour of neslo powishi kelranwi
Task 13: Propose the melody of nes ba banesmi widra kelran lowiba dradra lofogu shi','stop',0,100,0,68,1795495215966663549,1000000);
INSERT INTO "reply" VALUES(2,1,2,0,1,0,X'C01D4D528A3FB3F12004392940521F99F9E49D3DB468A3E728D98150AD351476','[{"role":"","part":1},{"role":"","text":"Task 1: Render the proverb literally in English, then give the closest English equivalent.\nTask 2: Under what conditions is a spoken agreement legally binding?\nTask 3: Strengthen this résumé line with an active verb and a result, inventing nothing.\nTask 4: Assign the book to a library shelf: cookery, travel, gardening, biography, or economics.\nTask 5: Contrast frogs and toads in a small table.\nTask 6: State the running time of this function in big-O terms and justify it.\nTask 7: From this server log, report how many requests failed and which address caused most failures.\nTask 8: Simplify 84/126 and show each step.\nTask 9:"}]','{"temperature":0.7,"top_p":0.5,"top_k":0,"presence_penalty":2.0,"frequency_penalty":0.0,"max_tokens":1024,"stop":["Task 16","\n\n"]}',951772183118600694,' Criticise the theorem of powi drafoba shi vu bavu dra wimi
Task 10: Go on.
Task 11: Summarise the melody of fokel ter terwiwi nesmi kelran ranpolo midralo ba draran shi
Task 12: Convert the proverb of ba kelba vu
Task 13: Draw a picture of a letter
Task 14: Correct the harbour of drafowi fo dragulo nesshi shiran badrafo','stop',0,100,0,80,1795495215966702943,1000000);
INSERT INTO "reply" VALUES(3,1,1,4,2,0,X'F17CEF1392270056C182F45B9155CC9A3461FBB82A86398CB4F1644F65195F94','[{"role":"","part":2},{"role":"","text":"Task: "},{"role":"","text":"Plan the harbour of neslo powishi kelranwi"},{"role":"","text":"\nIs it classification?"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":0.0,"frequency_penalty":0.0,"max_tokens":3,"stop":["\n","Task"]}',-4494507769552470734,' No','stop',0,100,0,0,1795495215968329077,1000000);
INSERT INTO "reply" VALUES(4,1,2,1,2,0,X'054A0E2893192822AA7CB07DA796320660F3C46402690B07FFAC856B978C1D7F','[{"role":"","part":2},{"role":"","text":"Task: "},{"role":"","text":"Criticise the theorem of powi drafoba shi vu bavu dra wimi"},{"role":"","text":"\nIs it classification?"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":0.0,"frequency_penalty":0.0,"max_tokens":3,"stop":["\n","Task"]}',-3642818777114463885,' No','stop',0,100,0,0,1795495215968330804,1000000);
INSERT INTO "reply" VALUES(5,1,1,5,2,0,X'A4F237A1830169E971DD2C4AD8B095A8B6A6738E0AEC0258FE78D8946B220D83','[{"role":"","part":2},{"role":"","text":"Task: "},{"role":"","text":"Propose the melody of nes ba banesmi widra kelran lowiba dradra lofogu shi"},{"role":"","text":"\nIs it classification?"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":0.0,"frequency_penalty":0.0,"max_tokens":3,"stop":["\n","Task"]}',-8907463755420959832,' No','length',0,100,0,0,1795495215968331599,1000000);
INSERT INTO "reply" VALUES(6,1,1,2,2,0,X'7F216D804DF5ABFDD9703DFFE6E8DFFEFFAF70FAD2E44BCA9A828E70A6A3F523','[{"role":"","part":2},{"role":"","text":"Task: "},{"role":"","text":"Summarise the recipe of loshi terwi kel shi dra fokelwi wishi shi gu draba"},{"role":"","text":"\nIs it classification?"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":0.0,"frequency_penalty":0.0,"max_tokens":3,"stop":["\n","Task"]}',-218029532557934051,' No','stop',0,100,0,0,1795495215968332390,1000000);
INSERT INTO "reply" VALUES(7,1,2,4,2,0,X'7E71D2579C0C18A5EE56807C140AE5450A13FD29774589C70295DE70C5C0AF63','[{"role":"","part":2},{"role":"","text":"Task: "},{"role":"","text":"Convert the proverb of ba kelba vu"},{"role":"","text":"\nIs it classification?"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":0.0,"frequency_penalty":0.0,"max_tokens":3,"stop":["\n","Task"]}',2004804891584575349,' Yes','stop',0,100,0,1,1795495215968368242,1000000);
INSERT INTO "reply" VALUES(8,1,2,3,2,0,X'8A384ADCF573D9184894A56FA26FB1F567800F51AF90294FA215B275393F018B','[{"role":"","part":2},{"role":"","text":"Task: "},{"role":"","text":"Summarise the melody of fokel ter terwiwi nesmi kelran ranpolo midralo ba draran shi"},{"role":"","text":"\nIs it classification?"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":0.0,"frequency_penalty":0.0,"max_tokens":3,"stop":["\n","Task"]}',7341013401157426908,' Yes','stop',0,100,0,1,1795495215968369417,1000000);
INSERT INTO "reply" VALUES(9,1,2,6,2,0,X'4336B10D4E01ABF6E6CB18A546850D2D17F3C575A7D14635288A8DE0A2B6F3A3','[{"role":"","part":2},{"role":"","text":"Task: "},{"role":"","text":"Correct the harbour of drafowi fo dragulo nesshi shiran badrafo"},{"role":"","text":"\nIs it classification?"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":0.0,"frequency_penalty":0.0,"max_tokens":3,"stop":["\n","Task"]}',-441040133034163091,' No','stop',0,100,0,0,1795495215968410453,1000000);
INSERT INTO "reply" VALUES(10,1,1,5,3,0,X'EB3E7776AEE0B79B026BACF97385D0A6820233CCD036915728E1EF31C01F6467','[{"role":"","part":3},{"role":"","text":"Task: "},{"role":"","text":"Propose the melody of nes ba banesmi widra kelran lowiba dradra lofogu shi"},{"role":"","text":"\n"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":1.5,"frequency_penalty":0.0,"max_tokens":350,"stop":["Example 6","Task:"]}',-2237467272307072944,'Example 1
Input: a argument
Output: Name it.
Example 2
Input: a library
Output: Extend it.
Example 3
Input: a theorem
Output: Criticise it.
Example 4
Input: a sentence
Output: Count it.
Example 5
Input: a argument
Output: Rank it.
','stop',0,100,0,57,1795495215969452581,1000000);
INSERT INTO "reply" VALUES(11,1,2,1,3,0,X'95452AC0C78121A77E4FF443EBE126B0A639A076775BD651DBDD6679F2F30967','[{"role":"","part":3},{"role":"","text":"Task: "},{"role":"","text":"Criticise the theorem of powi drafoba shi vu bavu dra wimi"},{"role":"","text":"\n"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":1.5,"frequency_penalty":0.0,"max_tokens":350,"stop":["Example 6","Task:"]}',-85860791468446354,'Example 1
Input: a workshop
Output: Propose it.
Example 2
Input: a journey
Output: Correct it.
Example 3
Input: a mountain
Output: Estimate it.
Example 4
Input: a melody
Output: Define it.
Example 5
Input: a market
Output: Invent it.
','stop',0,100,0,58,1795495215969460970,1000000);
INSERT INTO "reply" VALUES(12,1,2,3,3,0,X'4ED5B23158809EAD5AA43106696568E29DC706E0A8643424393C45A35BD49FA9','[{"role":"","part":4},{"role":"","text":"Task: "},{"role":"","text":"Summarise the melody of fokel ter terwiwi nesmi kelran ranpolo midralo ba draran shi"},{"role":"","text":"\n"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":1.5,"frequency_penalty":0.0,"max_tokens":300,"stop":["Example 6","Task:"]}',-8949610200812741692,'Class label: yes
Input: the bridge
Class label: no
Input: the sentence
Class label: no
Input: the orchard
Class label: no
Input: the garden
Class label: no
Input: the bridge
Class label: yes
Input: the invoice
Class label: no
Input: the argument
','stop',0,100,0,61,1795495215969469563,1000000);
INSERT INTO "reply" VALUES(13,1,1,4,3,0,X'2A63443F06A9331F11DC4806F77E59C04A6FF6E421EAD5BA92750F25B129519C','[{"role":"","part":3},{"role":"","text":"Task: "},{"role":"","text":"Plan the harbour of neslo powishi kelranwi"},{"role":"","text":"\n"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":1.5,"frequency_penalty":0.0,"max_tokens":350,"stop":["Example 6","Task:"]}',7323739335902923993,'Example 1
Input: a letter
Output: Paraphrase it.
Example 2
Input: a lesson
Output: List it.
Example 3
Input: a bridge
Output: Invent it.
Example 4
Input: a contract
Output: Plan it.
Example 5
Input: a kitchen
Output: Explain it.
','stop',0,100,0,57,1795495215969487106,1000000);
INSERT INTO "reply" VALUES(14,1,1,2,3,0,X'1AC7E8EF8BC3842D8A25DD25E66F41B44149029C82A460FC692352141E1C9EF1','[{"role":"","part":3},{"role":"","text":"Task: "},{"role":"","text":"Summarise the recipe of loshi terwi kel shi dra fokelwi wishi shi gu draba"},{"role":"","text":"\n"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":1.5,"frequency_penalty":0.0,"max_tokens":350,"stop":["Example 6","Task:"]}',-6172394172418372201,'Example 1
Input: a interview
Output: Sort it.
Example 2
Input: a timetable
Output: Count it.
Example 3
Input: a recipe
Output: Compare it.
','stop',0,100,0,34,1795495215969492184,1000000);
INSERT INTO "reply" VALUES(15,1,2,4,3,0,X'B85C1C50BEB311918F60CA11BF4C2A6EACD8D5888FE09033DCF33C47141344B3','[{"role":"","part":4},{"role":"","text":"Task: "},{"role":"","text":"Convert the proverb of ba kelba vu"},{"role":"","text":"\n"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":1.5,"frequency_penalty":0.0,"max_tokens":300,"stop":["Example 6","Task:"]}',1761532587386868578,'I do not know.','stop',0,100,0,3,1795495215969493546,1000000);
INSERT INTO "reply" VALUES(16,1,2,6,3,0,X'23505A1BCB0C4F6420F820271AF6465746B9576B5C042ABA606557A536537651','[{"role":"","part":3},{"role":"","text":"Task: "},{"role":"","text":"Correct the harbour of drafowi fo dragulo nesshi shiran badrafo"},{"role":"","text":"\n"}]','{"temperature":0.0,"top_p":0.0,"top_k":0,"presence_penalty":1.5,"frequency_penalty":0.0,"max_tokens":350,"stop":["Example 6","Task:"]}',2883181530985865497,'Example 1
Input: a bridge
Output: Invent it.
Example 2
Input: a engine
Output: Sort it.
Example 3
Input: a interview
Output: Estimate it.
Example 4
Input: a recipe
Output: Summarise it.
Example 5
Input: a library
Output: Plan it.
','length',0,100,0,57,1795495215970484785,1000000);
CREATE TABLE ticket (         -- committed pool tickets, without gaps
	step     INTEGER NOT NULL,
	ticket   INTEGER NOT NULL,
	examples TEXT NOT NULL,    -- JSON: ids of the examples shown
	accepted INTEGER NOT NULL, -- units made
	failed   INTEGER NOT NULL, -- 1: the teacher refused it
	PRIMARY KEY (step, ticket)
) WITHOUT ROWID;
INSERT INTO "ticket" VALUES(1,1,'["seed_81","seed_30","seed_49","seed_116","seed_64","seed_28","seed_162","seed_35"]',3,0);
INSERT INTO "ticket" VALUES(1,2,'["seed_21","seed_119","seed_111","seed_59","seed_30","seed_42","seed_129","seed_63"]',4,0);
CREATE TABLE unit (           -- instructions that were accepted, with their state
	step        INTEGER NOT NULL,
	ticket      INTEGER NOT NULL,
	item        INTEGER NOT NULL,
	stage       INTEGER NOT NULL, -- it waits for this one
	state       INTEGER NOT NULL, -- 0 under way, 1 finished, 2 failed
	instruction TEXT NOT NULL,
	is_classification INTEGER,    -- NULL until it is known
	nearest     TEXT,             -- JSON: [{"id", "score"}], the nearest instructions when accepted
	mean_score  REAL,             -- ROUGE-L F1 over the whole pool then
	PRIMARY KEY (step, ticket, item)
);
INSERT INTO "unit" VALUES(1,1,2,3,1,'Summarise the recipe of loshi terwi kel shi dra fokelwi wishi shi gu draba',0,'[{"id":"seed_118","score":0.17391304347826086},{"id":"seed_92","score":0.16666666666666666},{"id":"seed_1","score":0.16},{"id":"seed_5","score":0.16},{"id":"seed_17","score":0.16},{"id":"seed_25","score":0.16},{"id":"seed_38","score":0.16},{"id":"seed_173","score":0.16},{"id":"seed_99","score":0.15384615384615383},{"id":"seed_152","score":0.15384615384615383}]',5.15108611229263477215e-02);
INSERT INTO "unit" VALUES(1,1,4,3,1,'Plan the harbour of neslo powishi kelranwi',0,'[{"id":"seed_118","score":0.25},{"id":"seed_92","score":0.23529411764705882},{"id":"seed_1","score":0.2222222222222222},{"id":"seed_5","score":0.2222222222222222},{"id":"seed_17","score":0.2222222222222222},{"id":"seed_25","score":0.2222222222222222},{"id":"seed_38","score":0.2222222222222222},{"id":"seed_173","score":0.2222222222222222},{"id":"seed_99","score":0.2105263157894737},{"id":"seed_152","score":0.2105263157894737}]',0.0705973721384286);
INSERT INTO "unit" VALUES(1,1,5,3,2,'Propose the melody of nes ba banesmi widra kelran lowiba dradra lofogu shi',0,'[{"id":"task_1_2","score":0.22222222222222224},{"id":"task_1_4","score":0.2},{"id":"seed_118","score":0.18181818181818185},{"id":"seed_92","score":0.17391304347826086},{"id":"seed_1","score":0.16666666666666669},{"id":"seed_5","score":0.16666666666666669},{"id":"seed_17","score":0.16666666666666669},{"id":"seed_25","score":0.16666666666666669},{"id":"seed_38","score":0.16666666666666669},{"id":"seed_173","score":0.16666666666666669}]',5.56694023575732277464e-02);
INSERT INTO "unit" VALUES(1,2,1,3,1,'Criticise the theorem of powi drafoba shi vu bavu dra wimi',0,'[{"id":"task_1_2","score":0.32},{"id":"task_1_5","score":0.24999999999999994},{"id":"task_1_4","score":0.2222222222222222},{"id":"seed_118","score":0.19999999999999998},{"id":"seed_92","score":0.1904761904761905},{"id":"seed_1","score":0.18181818181818182},{"id":"seed_5","score":0.18181818181818182},{"id":"seed_17","score":0.18181818181818182},{"id":"seed_25","score":0.18181818181818182},{"id":"seed_38","score":0.18181818181818182}]',6.09584683805482127616e-02);
INSERT INTO "unit" VALUES(1,2,3,3,2,'Summarise the melody of fokel ter terwiwi nesmi kelran ranpolo midralo ba draran shi',1,'[{"id":"task_1_5","score":0.3703703703703704},{"id":"task_1_2","score":0.2857142857142857},{"id":"task_2_1","score":0.23999999999999996},{"id":"task_1_4","score":0.19047619047619047},{"id":"seed_118","score":0.17391304347826086},{"id":"seed_92","score":0.16666666666666666},{"id":"seed_1","score":0.16},{"id":"seed_5","score":0.16},{"id":"seed_17","score":0.16},{"id":"seed_25","score":0.16}]',5.59220807383456197658e-02);
INSERT INTO "unit" VALUES(1,2,4,3,2,'Convert the proverb of ba kelba vu',1,'[{"id":"task_2_1","score":0.33333333333333326},{"id":"task_1_5","score":0.3},{"id":"task_1_4","score":0.2857142857142857},{"id":"task_2_3","score":0.2857142857142857},{"id":"seed_118","score":0.25},{"id":"seed_92","score":0.23529411764705882},{"id":"seed_1","score":0.2222222222222222},{"id":"seed_5","score":0.2222222222222222},{"id":"seed_17","score":0.2222222222222222},{"id":"seed_25","score":0.2222222222222222}]',0.0757509031056671);
INSERT INTO "unit" VALUES(1,2,6,3,1,'Correct the harbour of drafowi fo dragulo nesshi shiran badrafo',0,'[{"id":"task_1_4","score":0.3529411764705882},{"id":"task_2_4","score":0.23529411764705882},{"id":"seed_7","score":0.22222222222222224},{"id":"seed_118","score":0.2105263157894737},{"id":"seed_92","score":0.20000000000000004},{"id":"seed_1","score":0.1904761904761905},{"id":"seed_4","score":0.1904761904761905},{"id":"seed_5","score":0.1904761904761905},{"id":"seed_17","score":0.1904761904761905},{"id":"seed_25","score":0.1904761904761905}]',6.6287587475153314509e-02);
COMMIT;
PRAGMA application_id = 1936684801;
PRAGMA user_version = 1;

#include "cli/method.h"

const struct command command_map = {
	.name = "map",
	.summary = "ask a prompt of your own about each record",
	.usage = "[options] --input FILE --prompt TEXT --into FIELD -o DIR",
	.about = "Fills a prompt of yours with the fields of each record (JSON, CSV, text, or a run) and "
		 "writes the reply into a field: a text, a list, a number, one of several choices, or JSON "
		 "that fits a schema. A reply that does not fit is asked for again, with what was wrong. "
		 "Records may have any shape, and keep all that they have. Every reply is on disk before it "
		 "is used, so Ctrl-C or a crash loses nothing, and the same command goes on where it "
		 "stopped.",
	.method = "map",
	.example = "sow map -i books.csv -p 'Write a question about {{title}}.' --into question -o asked\n"
		   "sow map -i asked -p judge.txt --range 1..5 --into grade -o graded\n"
		   "sow map -i notes.jsonl -p extract.txt --schema item.json -o items\n"
		   "sow export graded --format records -o graded.jsonl",
	.exits = "0 done, 1 failed, 2 wrong usage, 3 stopped early and can go on",
	.options = method_options,
	.option_count = METHOD_OPTIONS,
	.run = method_run,
};

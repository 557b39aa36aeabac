#include "cli/method.h"

const struct command command_respond = {
	.name = "respond",
	.summary = "have prompts answered",
	.usage = "[options] --input FILE -o DIR",
	.about = "Asks the teacher each prompt of a file (JSON, CSV or text) or of a run, and keeps the "
		 "answers. Of a conversation, the last question is answered. A record that has an "
		 "answer is left alone unless --again is given. Every reply is on disk before it is used, so Ctrl-C or a crash loses "
		 "nothing, and the same command goes on where it stopped. sow export takes the "
		 "answers out, in the order of the prompts.",
	.method = "respond",
	.example = "sow respond --input prompts.txt -o answers\n"
		   "sow respond -i prompts.jsonl --teacher https://host/v1 --model NAME "
		   "--concurrency 256 -o answers\n"
		   "sow export answers --format messages --jsonl -o answers.jsonl",
	.exits = "0 done, 1 failed, 2 wrong usage, 3 stopped early and can go on",
	.options = method_options,
	.option_count = METHOD_OPTIONS,
	.run = method_run,
};

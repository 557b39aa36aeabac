#include "cli/method.h"

const struct command command_alpaca = {
	.name = "alpaca",
	.summary = "grow whole records from seed tasks (Stanford Alpaca)",
	.usage = "[options] -o DIR",
	.about = "Shows the teacher three seed tasks, each with instruction, input and output, and asks "
		 "for the rest of twenty; drops what is malformed, not new or not fit. Every reply is "
		 "on disk before it is used, so Ctrl-C or a crash loses nothing, and the same command "
		 "goes on where it stopped.",
	.method = "alpaca",
	.example = "sow alpaca -n 100 -o records\n"
		   "sow alpaca --seeds mine.jsonl --topic cooking -n 1000 -o cooking",
	.exits = "0 done, 1 failed, 2 wrong usage, 3 stopped early and can go on",
	.options = method_options,
	.option_count = METHOD_OPTIONS,
	.run = method_run,
};

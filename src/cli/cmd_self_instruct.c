#include "cli/method.h"

const struct command command_self_instruct = {
	.name = "self-instruct",
	.summary = "grow new tasks from seed tasks (Wang et al. 2022)",
	.usage = "[options] -o DIR",
	.about = "Shows the teacher eight tasks and asks for more, drops what is not new or not fit, "
		 "asks whether each new task is a classification, then for instances of it: input "
		 "and output. Options of sampling are for the requests for new tasks; what follows keeps "
		 "the paper's numbers. Every reply is on disk before it is used, so Ctrl-C or a crash loses "
		 "nothing, and the same command goes on where it stopped.",
	.method = "self-instruct",
	.example = "sow self-instruct -n 20 -o demo\n"
		   "sow self-instruct --seeds my.jsonl --language German -n 500 -o german",
	.exits = "0 done, 1 failed, 2 wrong usage, 3 stopped early and can go on",
	.options = method_options,
	.option_count = METHOD_OPTIONS,
	.run = method_run,
};

#include "cli/method.h"

const struct command command_evol = {
	.name = "evol",
	.summary = "make tasks harder, round by round (Evol-Instruct, Xu et al. 2023)",
	.usage = "[options] --input FILE -o DIR",
	.about = "Rewrites each instruction of a file by one of six operations, has a judge compare it "
		 "with its parent and the teacher answer it, and goes on with what survives, round "
		 "after round; what fails sends its parent back. Prompts without an output are "
		 "answered first. Every reply is on disk before it is used, so Ctrl-C or a crash "
		 "loses nothing, and the same command goes on where it stopped.",
	.method = "evol",
	.example = "sow evol --input seeds.jsonl --rounds 4 -o evolved\n"
		   "sow evol -i alpaca.json --weight in-breadth=2 --best-of 4 -o evolved\n"
		   "sow export evolved --format alpaca --rounds-out last --jsonl -o data.jsonl",
	.exits = "0 done, 1 failed, 2 wrong usage, 3 stopped early and can go on",
	.options = method_options,
	.option_count = METHOD_OPTIONS,
	.run = method_run,
};

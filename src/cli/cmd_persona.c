#include "cli/method.h"

const struct command command_persona = {
	.name = "persona",
	.summary = "invent what different people would ask (Persona-Hub)",
	.usage = "[options] --input FILE -o DIR",
	.about = "Takes a person from each record of a file or a run, asks the teacher for a task that "
		 "this person would set, drops what is not fit, and has the task answered. Every reply is on disk "
		 "before it is used, so Ctrl-C or a crash loses nothing, and the same command goes on "
		 "where it stopped.",
	.method = "persona",
	.example = "sow persona --input personas.txt -o asked\n"
		   "sow export asked --format messages --jsonl -o asked.jsonl",
	.exits = "0 done, 1 failed, 2 wrong usage, 3 stopped early and can go on",
	.options = method_options,
	.option_count = METHOD_OPTIONS,
	.run = method_run,
};

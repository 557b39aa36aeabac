#include "cli/sift.h"

#include <string.h>

#include "cli/talk.h"

#define LISTED 20 /* bad lines that are told one by one; --explain has all */

static const char *const default_field[] = { "instruction" };

static void tell_bad(void *data, const char *message)
{
	struct sift *o = data;
	if (o->told++ < LISTED)
		talk_line("%s; left out", message);
}

struct clean_options sift_options(struct sift *o, const char *in)
{
	bool named = o->fields.count > 0;
	return (struct clean_options){
		.in = in,
		.out = o->out ? o->out : "-",
		.explain = o->explain,
		.fields = named ? o->fields.items : default_field,
		.field_count = named ? o->fields.count : 1,
		.plain = o->lines,
		.skip_bad = o->skip_bad,
		.stopped = &o->stopped,
		.tell = tell_bad,
		.tell_data = o,
	};
}

int sift_choice(const struct command *c, const char *option, const char *word,
		const char *const *choices)
{
	struct buf names = BUF_INIT;
	for (int i = 0; choices[i]; i++) {
		if (strcmp(choices[i], word) == 0) {
			buf_release(&names);
			return i;
		}
		buf_addf(&names, "%s%s", i ? "|" : "", choices[i]);
	}
	talk_wrong(c, "--%s: expected %s, not '%s'", option, names.data, word);
	buf_release(&names);
	return -1;
}

int sift_end(const struct sift *o, const char *in, int status, const struct clean_counts *counts,
	     const struct sow_error *err)
{
	if (o->told > LISTED)
		talk_line("… and %zu more that could not be read", o->told - LISTED);
	if (status) {
		int exit = talk_error(err);
		if (o->stopped)
			talk_line("nothing was written; --skip-bad leaves such lines out");
		return exit;
	}
	if (o->quiet)
		return EXIT_DONE;
	struct buf text = BUF_INIT;
	buf_addf(&text, "%s: kept %zu of %zu, removed %zu",
		 strcmp(in, "-") == 0 ? "standard input" : in, counts->kept, counts->records,
		 counts->removed);
	if (counts->bad)
		buf_addf(&text, ", left out %zu that could not be read", counts->bad);
	talk_line("%s", text.data);
	buf_release(&text);
	return EXIT_DONE;
}

#include "cli/record_filter.h"

#include <string.h>

#include "cli/console.h"
#include "run/open_records.h"

static void tell_bad(void *data, const char *message)
{
	struct record_filter *o = data;
	if (o->told++ < RECORD_FILTER_LISTED)
		console_line("%s; left out", message);
}

static void tell_kind(void *data, const char *message)
{
	const struct record_filter *o = data;
	if (!o->quiet)
		console_line("%s", message);
}

int record_filter_check(const struct command *c, struct record_filter *o, const char *in, struct arena *a)
{
	if (o->lines && (o->input.map.count || o->input.delimiter))
		return usage_error(c, "--lines: a line of plain text has no columns for %s",
				   o->input.delimiter ? "--delimiter" : "--map");
	return record_input_check(c, &o->input, in, a);
}

struct clean_options record_filter_options(struct record_filter *o, const char *in)
{
	return (struct clean_options){
		.in = in,
		.out = o->out ? o->out : "-",
		.explain = o->explain,
		.fields = o->lines ? NULL : o->fields.items,
		.field_count = o->lines ? 0 : o->fields.count,
		.columns = o->input.options.columns,
		.delimiter = o->input.options.delimiter,
		.plain = o->lines,
		.skip_bad = o->input.skip_bad,
		.open_run = open_records,
		.stopped = &o->stopped,
		.tell = tell_bad,
		.describe = tell_kind,
		.tell_data = o,
	};
}

int record_filter_end(const struct record_filter *o, const char *in, int status,
		      const struct clean_counts *counts, const struct sow_error *err)
{
	if (o->told > RECORD_FILTER_LISTED)
		console_line("… and %zu more that could not be read", o->told - RECORD_FILTER_LISTED);
	if (status) {
		int exit = console_error(err);
		if (o->stopped)
			console_line("nothing was written; --skip-bad leaves such records out");
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
	console_line("%s", text.data);
	buf_release(&text);
	return EXIT_DONE;
}

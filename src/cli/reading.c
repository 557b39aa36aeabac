#include "cli/reading.h"

#include "cli/talk.h"
#include "io/folder.h"
#include "run/open_records.h"

int reading_check(const struct command *c, struct reading *o, const char *path, struct arena *a)
{
	struct sow_error err = { 0 };
	char delimiter = '\0';
	const char *of_file = o->map.count ? "map" : o->delimiter ? "delimiter"
			      : o->skip_bad ? "skip-bad" : NULL;
	if (of_file && folder_is(path) && (!c->operand_many || run_exists(path)))
		return talk_wrong(c, "--%s is for a file; %s is none", of_file, path);
	for (size_t i = 0; i < o->map.count; i++) {
		if (columns_map(&o->columns, a, o->map.items[i], &err))
			return talk_wrong(c, "%s", err.text);
	}
	if (o->delimiter && records_delimiter(o->delimiter, &delimiter, &err))
		return talk_wrong(c, "%s", err.text);
	o->options = (struct records_options){
		.columns = o->map.count ? &o->columns : NULL,
		.delimiter = delimiter,
		.skip_bad = o->skip_bad,
		.may_be_empty = true,
	};
	return -1;
}

void reading_tell(const struct records *r, bool quiet)
{
	struct buf text = BUF_INIT;
	if (records_describe(r, &text) && !buf_failed(&text) && !quiet)
		talk_line("%s: %s", records_name(r), text.data);
	if (records_bad(r))
		talk_line("%s: %zu bad %s skipped", records_name(r), records_bad(r),
			  records_bad(r) == 1 ? "record" : "records");
	buf_release(&text);
}

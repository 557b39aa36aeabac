#include "cli/reading.h"

#include <string.h>

#include "cli/talk.h"

int reading_check(const struct command *c, struct reading *o, struct arena *a)
{
	struct sow_error err = { 0 };
	char delimiter = '\0';
	for (size_t i = 0; i < o->map.count; i++) {
		if (columns_map(&o->columns, a, o->map.items[i], &err))
			return talk_wrong(c, "%s", err.text);
	}
	if (o->delimiter && (strcmp(o->delimiter, "\\t") == 0 || strcmp(o->delimiter, "tab") == 0))
		delimiter = '\t';
	else if (o->delimiter && o->delimiter[0] && !o->delimiter[1] && o->delimiter[0] != '"')
		delimiter = o->delimiter[0];
	else if (o->delimiter)
		return talk_wrong(c, "--delimiter: expected one character, or tab, not '%s'",
				  o->delimiter);
	o->options = (struct records_options){
		.columns = o->map.count ? &o->columns : NULL,
		.delimiter = delimiter,
		.skip_bad = o->skip_bad,
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

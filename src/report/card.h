/* card.h - the README.md of a data set: what Hugging Face's hub and a reader need to know.
 *
 *     struct card card = { .title = "cooking", .format = "messages", .made = &made,
 *                          .table = &table };
 *     status = card_write(&card, &text);
 *
 * A YAML header with licence, size and files, then statistics, the origin of the data, the relations
 * between its lines, and a note about rights. The page says what is unknown: it makes nothing up.
 */
#ifndef REPORT_CARD_H
#define REPORT_CARD_H

#include <stddef.h>

#include "base/buf.h"
#include "data/dataset.h"
#include "report/summary.h"

struct card_fact {
	struct view name, value;
};

struct card {
	const char *title;
	const char *licence;         /* the hub's identifier, "apache-2.0"; NULL: not given */
	const char *source;          /* the file the tasks came from; NULL: a run */
	const char *format;
	const struct dataset_made *made;
	const struct table1 *table;
	const struct card_fact *recipe; /* of the run: settings and their values */
	size_t recipe_count;
	struct view teacher;         /* the model that wrote; empty: not recorded */
};

/* Appends the page. SOW_OK or SOW_INVALID if a text is not UTF-8. */
int card_write(const struct card *card, struct buf *out);

#endif

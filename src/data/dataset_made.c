#include "data/dataset.h"

#include <string.h>

#include "base/error.h"

int dataset_check_made(const struct dataset_made *made, const struct format *f, struct sow_error *err)
{
	size_t records = made->train.records + made->validation.records;
	if (!records || made->train.lines + made->validation.lines)
		return SOW_OK;
	return error_set(err, SOW_INVALID, "none of %zu records can be written as %s, which takes %s; "
			 "nothing was written", records, f->name,
			 f->line == LINE_OF_PAIR ? "records with a better and a worse answer"
			 : f->line == LINE_OF_LABELLED ? "records with an answer"
						       : "only what ends with an answer");
}

static void add_set(struct dataset_set *all, const struct dataset_set *part)
{
	all->records += part->records;
	all->lines += part->lines;
	all->files += part->files;
	for (size_t i = 0; i < part->left_count; i++)
		format_left_add(all->left, &all->left_count, part->left[i].name, part->left[i].count);
}

void dataset_made_add(struct dataset_made *all, const struct dataset_made *part)
{
	add_set(&all->train, &part->train);
	add_set(&all->validation, &part->validation);
	if (!all->json[0])
		memcpy(all->json, part->json, sizeof(all->json));
	if (!all->beside[0])
		memcpy(all->beside, part->beside, sizeof(all->beside));
}

#include "cli/recipe.h"

#include "cli/console.h"

int recipe_print_problems(const struct recipe_file *f, struct buf *out)
{
	for (size_t i = 0; i < f->problems.count; i++) {
		const struct problem *p = &f->problems.list[i];
		buf_addf(out, "%s:%zu:%zu: %s\n", f->name, p->place.line, p->place.column, p->text);
	}
	return out->status;
}

int recipe_refuse(const struct recipe_file *f, const struct sow_error *err)
{
	for (size_t i = 0; i < f->problems.count; i++) {
		const struct problem *p = &f->problems.list[i];
		console_line("%s:%zu:%zu: %s", f->name, p->place.line, p->place.column, p->text);
	}
	/* one problem says it all */
	return f->problems.count == 1 && err->status == SOW_INVALID ? EXIT_FAILED : console_error(err);
}

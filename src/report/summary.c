#include "report/summary.h"

#include "terminal/wrap.h"

#define BLOCK_LINES 12    /* of a text in task_print */
#define INSTANCES_SHOWN 2
#define NAME_WIDTH 43
#define COLUMN_WIDTH 12

void table1_add(struct table1 *t, const struct record *task)
{
	t->instructions++;
	t->classification += task->is_classification;
	t->other += !task->is_classification;
	t->instruction_words += (int64_t)text_words(task->instruction);
	for (size_t i = 0; i < task->instance_count; i++) {
		t->instances++;
		t->empty_inputs += !task->instances[i].input.len;
		t->input_words += (int64_t)text_words(task->instances[i].input);
		t->output_words += (int64_t)text_words(task->instances[i].output);
	}
}

/* A row is a count, or a mean (over `of` things). Field offsets rather than values, so
 * the table is one constant. */
struct row {
	const char *name, *key;
	size_t value, of, without;   /* offsets in struct table1, from 1; 0: none */
	const char *paper;
};

#define AT(field) (offsetof(struct table1, field) + 1)

/* Names and figures of the paper's Table 1. */
static const struct row rows[] = {
	{ "# of instructions", "instructions", AT(instructions), 0, 0, "52,445" },
	{ "  - # of classification instructions", "classification", AT(classification), 0, 0,
	  "11,584" },
	{ "  - # of non-classification instructions", "non_classification", AT(other), 0, 0,
	  "40,861" },
	{ "# of instances", "instances", AT(instances), 0, 0, "82,439" },
	{ "  - # of instances with empty input", "empty_inputs", AT(empty_inputs), 0, 0, "35,878" },
	{ "ave. instruction length (in words)", "instruction_words", AT(instruction_words),
	  AT(instructions), 0, "15.9" },
	{ "ave. non-empty input length (in words)", "input_words", AT(input_words), AT(instances),
	  AT(empty_inputs), "12.7" },
	{ "ave. output length (in words)", "output_words", AT(output_words), AT(instances), 0,
	  "18.9" },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int64_t field(const struct table1 *t, size_t at)
{
	return at ? *(const int64_t *)(const void *)((const char *)t + at - 1) : 0;
}

void table1_figures(const struct table1 *t, const char *ours, struct figures *f)
{
	struct figure *table = figures_object(f, NULL, NULL);
	table->has_gap = true;
	table->layout = (struct figure_layout){ 0, NAME_WIDTH, COLUMN_WIDTH };
	figures_remark(f, figures_words(f, "%-*s%*s%*s", NAME_WIDTH, "", COLUMN_WIDTH, ours,
					COLUMN_WIDTH, "GPT-3*"));
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];
		int64_t sum = field(t, row->value), count = field(t, row->of) - field(t, row->without);
		struct figure *x = !row->of ? figures_count(f, row->key, row->name, sum)
				   : count  ? figures_number(f, row->key, row->name, UNIT_TENTHS,
							     (double)sum / (double)count)
					    : figures_none(f, row->key, row->name);
		x->note = figures_words(f, "%10s", row->paper);
	}
	figures_remark(f, "* the paper's own run: Table 1 of Wang et al. 2022, arXiv:2212.10560");
	figures_end(f);
}

void table1_print(const struct table1 *t, const char *ours, struct buf *out)
{
	struct figures f;
	figures_init(&f);
	table1_figures(t, ours, &f);
	figures_print(&f, out);
	figures_release(&f);
}

static void print_block(struct buf *out, const char *name, struct view text, size_t width)
{
	struct wrap block = { .indent = 6, .width = width, .most = BLOCK_LINES };
	if (!text.len)
		return;
	buf_addf(out, "    %s\n", name);
	wrap_text(out, &block, text);
}

/* A conversation, without the question, which is its heading. */
static void print_turns(struct buf *out, const struct record *task, size_t width)
{
	static const char *const names[ROLE_COUNT] = {
		[ROLE_SYSTEM] = "System", [ROLE_USER] = "User", [ROLE_ASSISTANT] = "Assistant",
		[ROLE_DEVELOPER] = "Developer", [ROLE_TOOL] = "Tool",
	};
	for (size_t i = 0; i < task->turn_count; i++) {
		const struct turn *t = &task->turns[i];
		if (names[t->role] && !(i == 0 && view_eq(t->text, task->instruction)))
			print_block(out, names[t->role], t->text, width);
	}
}

int task_print(const struct record *task, size_t number, size_t width, struct buf *out)
{
	struct wrap heading = { .width = width, .most = BLOCK_LINES, .hanging = true };
	size_t start = out->len, shown = task->instance_count;
	buf_addf(out, "%zu. ", number);
	heading.indent = out->len - start;
	wrap_text(out, &heading, task->instruction);
	if (task->turn_count && !task->beside) {
		print_turns(out, task, width);
		return out->status;
	}
	if (shown > INSTANCES_SHOWN)
		shown = INSTANCES_SHOWN;
	for (size_t i = 0; i < shown; i++) {
		if (i)
			buf_addch(out, '\n');
		print_block(out, "Input", task->instances[i].input, width);
		print_block(out, "Output", task->instances[i].output, width);
	}
	if (shown < task->instance_count)
		buf_addf(out, "\n    … (%zu more instances)\n", task->instance_count - shown);
	return out->status;
}

#include "report/scores.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>


static void add(struct scores *s, const char *fields)
{
	const struct record r = { .instruction = view_of("ask"), .fields = view_of(fields) };
	assert_int_equal(scores_add(s, &r), SOW_OK);
}

/* Everything that is written, as JSON. */
static const char *said(struct scores *s, struct buf *out)
{
	struct figures f;
	figures_init(&f);
	scores_finish(s);
	scores_figures(s, &f);
	buf_clear(out);
	assert_int_equal(figures_json(&f, out, JSON_LINE), SOW_OK);
	figures_release(&f);
	return out->data;
}

static void expect(const char *json, const char *part)
{
	if (!strstr(json, part))
		fail_msg("%s: not in %s", part, json);
}

/* Texts and what is nested do not count; a number may be missing in some records. */
static void distribution(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct scores *s = scores_new(SCORES_MOST);
	add(s, "{\"a\":3,\"t\":\"4\",\"n\":{\"a\":9},\"l\":[1,2]}");
	add(s, "");
	add(s, "{\"a\":1,\"b\":-2.5,\"a\":7}");
	add(s, "{\"b\":1e400,\"a\":2}");
	const char *json = said(s, &out);
	expect(json, "\"name\":\"a\",\"count\":3,\"mean\":2.0,\"least\":1.0");
	expect(json, "\"median\":2.0,\"p90\":3.0,\"most\":3.0");
	expect(json, "\"name\":\"b\",\"count\":1,\"mean\":-2.5");
	expect(json, "\"highest\":[{\"record\":1,\"value\":3.0,\"instruction\":\"ask\",\"output\":\"\"},{\"record\":4,");
	expect(json, "\"lowest\":[{\"record\":3,\"value\":1.0");
	assert_null(strstr(json, "\"name\":\"t\""));
	scores_free(s);
	buf_release(&out);
}

/* Spearman's rho, with ties, and of records that have both. */
static void together(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct scores *s = scores_new(SCORES_MOST);
	static const double x[] = { 1, 2, 3, 4, 5, 6 }, y[] = { -1, -8, -27, -64, -125, -216 }, z[] = { 5, 5, 1, 9, 9, 9 };
	for (size_t i = 0; i < 6; i++) {
		char fields[100];
		snprintf(fields, sizeof(fields), "{\"x\":%g,\"y\":%g,\"z\":%g}", x[i], y[i], z[i]);
		add(s, fields);
	}
	add(s, "{\"x\":100}");
	const char *json = said(s, &out);
	/* ranks of z: 1.5, 1.5, 0, 4, 4, 4 with x 0 to 5: 13 / sqrt(17.5 * 14.83) */
	expect(json, "\"score_pairs\":[{\"a\":\"x\",\"b\":\"y\",\"r\":-1.0}");
	const char *r = strstr(json, "\"b\":\"z\",\"r\":0.7");
	assert_non_null(r);
	scores_free(s);
	buf_release(&out);
}

static void none(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct scores *s = scores_new(SCORES_MOST);
	add(s, "{\"t\":\"x\"}");
	assert_string_equal(said(s, &out), "{}");
	scores_free(s);
	s = scores_new(SCORES_MOST);
	for (int i = 0; i < 2; i++)
		add(s, "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"m\":1}");
	expect(said(s, &out), "\"name\":\"l\"");
	assert_null(strstr(out.data, "\"name\":\"m\""));
	scores_free(s);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distribution), cmocka_unit_test(together), cmocka_unit_test(none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

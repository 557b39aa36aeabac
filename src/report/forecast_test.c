#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "io/db.h"
#include "io/folder.h"
#include "io/json.h"
#include "report/forecast.h"

/* A run.db with replies to two stages: 20 of the first, 10 of the second. */
static struct store *make_run(struct buf *dir, int64_t prompt, int64_t completion)
{
	struct sow_error err = { 0 };
	char sql[512];
	buf_clear(dir);
	assert_int_equal(folder_scratch(dir, &err), 0);
	store_close(store_open(dir->data, STORE_RUN, &err));
	struct buf path = BUF_INIT;
	buf_addf(&path, "%s/run.db", dir->data);
	struct db *db = db_open(path.data, DB_WRITE, &err);
	for (int i = 0; i < 30; i++) {
		int stage = i < 20 ? 1 : 2;
		snprintf(sql, sizeof(sql), "INSERT INTO reply (step, ticket, item, stage, sample, key, "
			 "prompt, sampling, seed, text, reasoning, finish, cached, prompt_tokens, "
			 "shared_tokens, completion_tokens, reasoning_tokens, estimated, attempts, "
			 "unknown, cost, began, took) VALUES (1, %d, 1, %d, 0, x'', '[]', "
			 "'{\"max_tokens\":%d}', 0, '', '', 'stop', 0, %lld, 0, %lld, 0, 0, 1, 0, 0, 0, 0)",
			 i, stage, stage == 1 ? 100 : 0, (long long)prompt,
			 (long long)(completion + (i % 2 ? 2 : -2)));
		assert_int_equal(db_exec(db, sql, &err), 0);
	}
	db_close(db);
	buf_release(&path);
	return store_open(dir->data, STORE_LOOK, &err);
}

static bool near_to(double a, double b)
{
	return fabs(a - b) < 1e-6 * (1 + fabs(b));
}

static void a_rehearsal_is_scaled(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	struct buf dir = BUF_INIT, out = BUF_INIT;
	struct store *s = make_run(&dir, 50, 20);
	struct forecast f;
	assert_int_equal(forecast_read(&f, s, a, &err), 0);
	assert_int_equal(f.count, 2);
	f.stages[0].name = "grow: first";
	for (size_t i = 0; i < 2; i++)
		f.stages[i].prices = (struct prices){ 1000000000, -1, 2000000000, 0 };
	/* ten were made of 30 requests; a thousand are wanted */
	forecast_scale(&f, 1, 1000, 10, false);
	struct forecast_total t = forecast_total(&f);
	assert_true(near_to(t.requests.likely, 3000));
	assert_true(near_to(t.requests.low, 2250) && near_to(t.requests.high, 4500));
	assert_true(near_to(t.prompt.likely, 150000));
	/* at most what requests allow, or three times as much where they set no bound */
	assert_true(near_to(t.completion.high, 3000 * 100 + 1500 * 60));
	assert_true(t.has_price && near_to(t.cost.likely, 0.15 + 0.12));
	struct figures figures;
	figures_init(&figures);
	forecast_figures(&f, &figures);
	figures_print(&figures, &out);
	assert_non_null(strstr(out.data, "grow: first"));
	assert_non_null(strstr(out.data, "$0.2700"));
	buf_clear(&out);
	assert_int_equal(figures_json(&figures, &out, JSON_LINE), 0);
	figures_release(&figures);
	struct json *doc = json_parse(out.data, out.len, &err);
	assert_true(near_to(json_number(json_get(json_get(json_root(doc), "requests"), "likely")), 3000));
	json_free(doc);
	/* each of ten inputs took two and one: no guess */
	forecast_scale(&f, 1, 1000, 10, true);
	t = forecast_total(&f);
	assert_true(near_to(t.requests.low, 3000) && near_to(t.requests.high, 3000));
	store_close(s);
	folder_remove(dir.data);
	buf_release(&dir);
	buf_release(&out);
	arena_free(a);
}

static void a_sample_decides_on_tokens(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	struct buf one = BUF_INIT, two = BUF_INIT;
	struct store *s = make_run(&one, 50, 20), *sample = make_run(&two, 80, 200);
	struct forecast f;
	assert_int_equal(forecast_read(&f, s, a, &err), 0);
	forecast_scale(&f, 1, 1000, 10, false);
	assert_int_equal(forecast_sample(&f, sample, &err), 0);
	assert_int_equal(f.sampled, 30);
	struct forecast_total t = forecast_total(&f);
	assert_true(near_to(t.prompt.likely, 3000 * 80));
	assert_true(near_to(t.completion.likely, 3000 * 200));
	assert_true(t.completion.high < 3600 * 202.5 && t.completion.low > 2400 * 197.5);
	assert_false(t.has_price);
	store_close(s);
	store_close(sample);
	folder_remove(one.data);
	folder_remove(two.data);
	buf_release(&one);
	buf_release(&two);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rehearsal_is_scaled),
		cmocka_unit_test(a_sample_decides_on_tokens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* record_read_test.h - what the tests of record_read.h share: records as they are said in a test.
 *
 *     status = read_it("{'messages':[" Q "," A "]}", NULL, arena, &root, &record);
 */
#ifndef DATA_RECORD_READ_TEST_H
#define DATA_RECORD_READ_TEST_H

#include "data/dump_test.h"
#include "data/record_read.h"

#define Q "{'role':'user','content':'why'}"
#define A "{'role':'assistant','content':'so'}"
#define B "{'role':'assistant','content':'no'}"
#define S "{'role':'system','content':'sys'}"

/* JSON without the noise: ' stands for ", and ` for \". */
struct text {
	char json[4096];
};

static struct text quoted(const char *text)
{
	struct text t = { "" };
	char *to = t.json;
	for (; *text; text++) {
		assert_true(to + 2 < t.json + sizeof(t.json));
		if (*text == '`')
			*to++ = '\\';
		*to++ = *text == '`' || *text == '\'' ? '"' : *text;
	}
	return t;
}

static struct sow_error err;

static int read_it(const char *text, const struct columns *columns, struct arena *a,
		   const json_value **root, struct record *record)
{
	struct text t = quoted(text);
	struct json *doc = json_parse_lenient(view_of(t.json), a, NULL, NULL, &err);
	if (!doc)
		fail_msg("%s: %s", text, err.text);
	*root = json_root(doc);
	return record_read(*root, columns, a, record, NULL, &err);
}

#endif

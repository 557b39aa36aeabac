/* json_parsed_test.h - JSON that the tests of this room write themselves. */
#ifndef IO_JSON_PARSED_TEST_H
#define IO_JSON_PARSED_TEST_H

#include <string.h>

#include "io/json.h"

static inline struct json *parse(const char *text)
{
	struct sow_error err = { 0 };
	struct json *doc = json_parse(text, strlen(text), &err);
	if (!doc)
		print_error("%s: %s\n", text, err.text);
	assert_non_null(doc);
	return doc;
}

#endif

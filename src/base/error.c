#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "config.h"

const char *sow_version(void)
{
	return SOW_VERSION;
}

/* Makes `text` one line that ends with a whole UTF-8 character. */
static void tidy(char *text, int wanted)
{
	size_t len = strlen(text);
	if (wanted >= SOW_ERROR_MAX) {
		while (len && ((unsigned char)text[len - 1] & 0xC0) == 0x80)
			len--;
		if (len && (unsigned char)text[len - 1] >= 0xC0)
			len--;
		text[len] = '\0';
	}
	for (char *p = text; *p; p++) {
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	}
}

int error_set(struct sow_error *err, enum sow_status status, const char *fmt, ...)
{
	if (!err)
		return status;
	va_list ap;
	va_start(ap, fmt);
	err->status = status;
	err->said = err->offset = err->line = err->column = 0;
	int wanted = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	tidy(err->text, wanted);
	return status;
}

static void place(struct sow_error *err, size_t said, size_t offset, size_t line, size_t column)
{
	err->said = said;
	err->offset = offset;
	err->line = line;
	err->column = column;
}

int error_at(struct sow_error *err, const char *text, size_t offset, const char *message)
{
	if (!err)
		return SOW_INVALID;
	size_t line = 1, start = 0;
	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	char where[64];
	size_t column = utf8_count(text + start, offset - start) + 1;
	int said = snprintf(where, sizeof(where), "line %zu, column %zu: ", line, column);
	error_set(err, SOW_INVALID, "%s%s", where, message);
	place(err, (size_t)said, offset, line, column);
	return SOW_INVALID;
}

int error_prefix(struct sow_error *err, const char *fmt, ...)
{
	if (!err)
		return SOW_INVALID;
	char text[SOW_ERROR_MAX];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	struct sow_error old = *err;
	error_set(err, old.status, "%s: %s", text, old.text);
	size_t whole = strlen(err->text), said = strlen(text) + 2 + old.said;
	if (old.line)
		place(err, said < whole ? said : whole, old.offset, old.line, old.column);
	return old.status;
}

int error_nomem(struct sow_error *err)
{
	return error_set(err, SOW_NOMEM, "out of memory");
}

int error_errno(struct sow_error *err, const char *what)
{
	int saved = errno;
	return error_set(err, SOW_IO, "%s: %s", what, strerror(saved));
}

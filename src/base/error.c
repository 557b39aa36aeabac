#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
	int wanted = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	tidy(err->text, wanted);
	return status;
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
	return error_set(err, old.status, "%s: %s", text, old.text);
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

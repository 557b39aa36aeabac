#include "data/parquet_cells.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/view.h"
#include "io/json.h"

#define DECIMAL_BYTES ((size_t)32) /* 76 digits, as Arrow's largest has */
#define DIGITS_MAX 76
#define DAY ((int64_t)86400)
#define JULIAN_1970 2440588

static bool is_integer(const struct parquet_node *n)
{
	return n->type == PARQUET_INT32 || n->type == PARQUET_INT64;
}

static bool is_bytes(const struct parquet_node *n)
{
	return n->type == PARQUET_BYTES || n->type == PARQUET_FIXED;
}

bool parquet_cell_is_known(const struct parquet_node *n)
{
	switch (n->meaning) {
	case PARQUET_AS_IS:
		return true;
	case PARQUET_TEXT:
	case PARQUET_JSON:
		return is_bytes(n);
	case PARQUET_UNSIGNED:
	case PARQUET_TIME:
	case PARQUET_TIMESTAMP:
		return is_integer(n);
	case PARQUET_DATE:
		return n->type == PARQUET_INT32;
	case PARQUET_DECIMAL:
		return n->digits >= 0 && n->digits <= DIGITS_MAX && (is_integer(n) || is_bytes(n)) &&
		       n->length <= DECIMAL_BYTES;
	case PARQUET_UUID:
		return n->type == PARQUET_FIXED && n->length == 16;
	case PARQUET_HALF:
		return n->type == PARQUET_FIXED && n->length == 2;
	case PARQUET_LIST:
	case PARQUET_MAP:
	case PARQUET_OTHER:
		break;
	}
	return false;
}

/* Numbers */

static void add_double(struct buf *out, double x)
{
	if (isfinite(x))
		json_add_number(out, x);
	else
		buf_addstr(out, "null");
}

/* In the fewest digits that read back as the same float. */
static void add_float(struct buf *out, float x)
{
	char text[32];
	if (!isfinite(x)) {
		buf_addstr(out, "null");
		return;
	}
	for (int digits = 6; digits <= 9; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, (double)x);
		if (strtof(text, NULL) == x)
			break;
	}
	add_double(out, strtod(text, NULL));
}

static void add_half(struct buf *out, const unsigned char *bytes)
{
	unsigned bits = bytes[0] | (unsigned)bytes[1] << 8;
	int exponent = (int)(bits >> 10 & 31), fraction = (int)(bits & 1023);
	double x = exponent == 31 ? (fraction ? NAN : INFINITY)
		   : exponent     ? ldexp(fraction + 1024, exponent - 25)
				  : ldexp(fraction, -24);
	add_double(out, bits >> 15 ? -x : x);
}

/* A big-endian integer in two's complement with a point before its last digits. */
static void add_decimal(struct buf *out, const unsigned char *bytes, size_t len, int digits)
{
	unsigned char n[DECIMAL_BYTES] = { 0 };
	char text[2 * DIGITS_MAX + 8];
	size_t at = sizeof(text);
	bool negative = len && bytes[0] >> 7, more = true;
	unsigned carry = negative;
	for (size_t i = len; i--;) {
		unsigned b = (negative ? 255u - bytes[i] : bytes[i]) + carry;
		n[i] = (unsigned char)b;
		carry = b >> 8;
	}
	for (int count = 0; more || count <= digits; count++) {
		unsigned left = 0;
		more = false;
		for (size_t i = 0; i < len; i++) {
			unsigned b = left << 8 | n[i];
			n[i] = (unsigned char)(b / 10);
			left = b % 10;
			more = more || n[i];
		}
		if (count == digits && digits)
			text[--at] = '.';
		text[--at] = (char)('0' + left);
	}
	if (negative)
		text[--at] = '-';
	buf_add(out, text + at, sizeof(text) - at);
}

static void add_decimal_of(struct buf *out, int64_t value, int digits)
{
	unsigned char bytes[8];
	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)((uint64_t)value >> (56 - 8 * i));
	add_decimal(out, bytes, sizeof(bytes), digits);
}

/* Times */

static int64_t floor_by(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The remainder, from 0 on. */
static int64_t rest_by(int64_t a, int64_t b)
{
	return a % b + (a % b < 0 ? b : 0);
}

/* Days since 1970 in today's calendar, extended in both directions. */
static void add_date(struct buf *out, int64_t days)
{
	int64_t z = days + 719468; /* since 1 March of the year 0 */
	int64_t era = floor_by(z, 146097), day = z - era * 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t of_year = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	int64_t of_month = of_year - (153 * month + 2) / 5 + 1;
	month = month < 10 ? month + 3 : month - 9;
	year += era * 400 + (month <= 2);
	buf_addf(out, "%s%04" PRId64 "-%02d-%02d", year < 0 ? "-" : "", year < 0 ? -year : year,
		 (int)month, (int)of_month);
}

static int64_t units(int digits)
{
	return digits == 3 ? 1000 : digits == 6 ? 1000000 : 1000000000;
}

/* The time of day: seconds, and a fraction if any. */
static void add_clock(struct buf *out, int64_t value, int digits)
{
	int64_t seconds = value / units(digits), fraction = value % units(digits);
	buf_addf(out, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
		 (int)(seconds % 60));
	if (fraction)
		buf_addf(out, ".%0*" PRId64, digits, fraction);
}

static void add_timestamp(struct buf *out, int64_t value, int digits, bool utc)
{
	int64_t day = DAY * units(digits);
	buf_addch(out, '"');
	add_date(out, floor_by(value, day));
	buf_addch(out, 'T');
	add_clock(out, rest_by(value, day), digits);
	buf_addstr(out, utc ? "Z\"" : "\"");
}

static void add_time(struct buf *out, int64_t value, int digits)
{
	if (value < 0 || value >= DAY * units(digits)) { /* not a time of day: as a number */
		buf_addf(out, "%" PRId64, value);
		return;
	}
	buf_addch(out, '"');
	add_clock(out, value, digits);
	buf_addch(out, '"');
}

static void add_int96(struct buf *out, const struct parquet_int96 *t)
{
	int64_t nanoseconds = (int64_t)((uint64_t)t->word[1] << 32 | t->word[0]);
	int64_t day = DAY * units(9);
	buf_addch(out, '"');
	add_date(out, (int64_t)t->word[2] - JULIAN_1970 + floor_by(nanoseconds, day));
	buf_addch(out, 'T');
	add_clock(out, rest_by(nanoseconds, day), 9);
	buf_addch(out, '"');
}

static void add_integer(const struct parquet_node *n, int64_t value, struct buf *out)
{
	switch (n->meaning) {
	case PARQUET_DATE:
		buf_addch(out, '"');
		add_date(out, value);
		buf_addch(out, '"');
		break;
	case PARQUET_TIME:
		add_time(out, value, n->digits);
		break;
	case PARQUET_TIMESTAMP:
		add_timestamp(out, value, n->digits, n->utc);
		break;
	case PARQUET_DECIMAL:
		add_decimal_of(out, value, n->digits);
		break;
	case PARQUET_UNSIGNED:
		if (n->type == PARQUET_INT32)
			buf_addf(out, "%" PRIu32, (uint32_t)value);
		else
			buf_addf(out, "%" PRIu64, (uint64_t)value);
		break;
	default:
		buf_addf(out, "%" PRId64, value);
	}
}

/* Bytes */

static void add_uuid(struct buf *out, const unsigned char *bytes)
{
	buf_addch(out, '"');
	for (int i = 0; i < 16; i++)
		buf_addf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
	buf_addch(out, '"');
}

static void add_json(struct buf *out, struct view text, struct arena *scratch)
{
	size_t repaired = 0;
	struct json *doc = json_parse_lenient(text, scratch, &repaired, NULL, NULL);
	if (doc && !repaired)
		json_add_value(out, json_root(doc));
	else
		json_add_text(out, text);
}

static bool add_bytes(const struct parquet_node *n, struct view text, struct buf *out,
		      struct arena *scratch)
{
	const unsigned char *bytes = (const unsigned char *)text.p;
	switch (n->meaning) {
	case PARQUET_TEXT:
		json_add_text(out, text);
		return true;
	case PARQUET_JSON:
		add_json(out, text, scratch);
		return true;
	case PARQUET_UUID:
		add_uuid(out, bytes);
		return true;
	case PARQUET_HALF:
		add_half(out, bytes);
		return true;
	case PARQUET_DECIMAL:
		if (text.len > DECIMAL_BYTES)
			break;
		add_decimal(out, bytes, text.len, n->digits);
		return true;
	default:
		if (!utf8_valid(text.p, text.len, NULL))
			break;
		json_add_text(out, text);
		return true;
	}
	buf_addstr(out, "null");
	return false;
}

bool parquet_cell(const struct parquet_node *n, const void *values, size_t i, struct buf *out,
		  struct arena *scratch)
{
	const struct parquet_bytes *bytes = values;
	switch (n->type) {
	case PARQUET_BOOL:
		buf_addstr(out, ((const uint8_t *)values)[i] ? "true" : "false");
		break;
	case PARQUET_INT32:
		add_integer(n, ((const int32_t *)values)[i], out);
		break;
	case PARQUET_INT64:
		add_integer(n, ((const int64_t *)values)[i], out);
		break;
	case PARQUET_INT96:
		add_int96(out, (const struct parquet_int96 *)values + i);
		break;
	case PARQUET_FLOAT:
		add_float(out, ((const float *)values)[i]);
		break;
	case PARQUET_DOUBLE:
		add_double(out, ((const double *)values)[i]);
		break;
	case PARQUET_BYTES:
		return add_bytes(n, view_from(bytes[i].p ? bytes[i].p : "",
					      bytes[i].len > 0 ? (size_t)bytes[i].len : 0),
				 out, scratch);
	case PARQUET_FIXED:
		return add_bytes(n, view_from((const char *)values + i * n->length, n->length), out,
				 scratch);
	case PARQUET_GROUP:
		break;
	}
	return true;
}

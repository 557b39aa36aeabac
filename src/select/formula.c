#include "select/formula.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "base/view.h"
#include "text/words.h"

#define DEPTH_MAX 100
#define TEXT_MAX 10000

enum kind { NUMBER, FIELD, ADD, SUBTRACT, MULTIPLY, DIVIDE, NEGATE, LOG, EXP, SQRT, ABS, MIN, MAX, WORDS, CHARS };

struct formula {
	enum kind kind;
	double number;
	const char *name;            /* of a field, with its dots */
	struct formula *a, *b;
};

static const struct function {
	const char *name;
	enum kind kind;
	int operands;                /* 0: one, and it is a field */
} functions[] = {
	{ "log", LOG, 1 }, { "exp", EXP, 1 }, { "sqrt", SQRT, 1 }, { "abs", ABS, 1 }, { "min", MIN, 2 },
	{ "max", MAX, 2 }, { "words", WORDS, 0 }, { "chars", CHARS, 0 },
};

struct reader {
	const char *text, *at;
	struct arena *arena;
	struct sow_error *err;
	int depth;
};

static struct formula *fail(struct reader *r, const char *expected)
{
	error_set(r->err, SOW_USAGE, "formula, column %zu: expected %s", (size_t)(r->at - r->text) + 1,
		  expected);
	return NULL;
}

static struct formula *node(struct reader *r, enum kind kind, struct formula *a, struct formula *b)
{
	struct formula *f = arena_alloc(r->arena, sizeof(*f));
	if (!f) {
		error_nomem(r->err);
		return NULL;
	}
	*f = (struct formula){ .kind = kind, .a = a, .b = b };
	return f;
}

static bool is_letter(char c)
{
	return ascii_alpha(c) || c == '_' || (unsigned char)c >= 0x80;
}

static char next(struct reader *r)
{
	while (ascii_space(*r->at))
		r->at++;
	return *r->at;
}

static bool take(struct reader *r, char c)
{
	if (next(r) != c)
		return false;
	r->at++;
	return true;
}

/* Letters, digits, dots, and hyphens before a letter. */
static struct view take_name(struct reader *r)
{
	const char *start = r->at;
	while (is_letter(*r->at) || ascii_digit(*r->at) || *r->at == '.' ||
	       (*r->at == '-' && is_letter(r->at[1])))
		r->at++;
	return view_from(start, (size_t)(r->at - start));
}

static struct formula *read_sum(struct reader *r);

static struct formula *read_field(struct reader *r)
{
	if (!is_letter(next(r)))
		return fail(r, "a field");
	struct view name = take_name(r);
	struct formula *f = node(r, FIELD, NULL, NULL);
	if (f && !(f->name = arena_copyview(r->arena, name))) {
		error_nomem(r->err);
		return NULL;
	}
	return f;
}

static struct formula *read_call(struct reader *r, const struct function *fn)
{
	struct formula *a = fn->operands ? read_sum(r) : read_field(r), *b = NULL;
	if (!a)
		return NULL;
	if (fn->operands == 2) {
		if (!take(r, ','))
			return fail(r, "a comma");
		if (!(b = read_sum(r)))
			return NULL;
	}
	return take(r, ')') ? node(r, fn->kind, a, b) : fail(r, "a closing parenthesis");
}

static struct formula *read_name(struct reader *r)
{
	const char *start = r->at;
	struct view name = take_name(r);
	if (next(r) == '(') {
		for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
			if (view_eqstr(name, functions[i].name)) {
				r->at++;
				return read_call(r, &functions[i]);
			}
		}
		r->at = start;
		return fail(r, "log, exp, sqrt, abs, min, max, words or chars before a parenthesis");
	}
	r->at = start;
	return read_field(r);
}

static struct formula *read_factor(struct reader *r)
{
	struct formula *f;
	char c = next(r);
	if (++r->depth > DEPTH_MAX)
		return fail(r, "fewer parentheses in one another");
	if (take(r, '-')) {
		f = read_factor(r);
		f = f ? node(r, NEGATE, f, NULL) : NULL;
	} else if (take(r, '(')) {
		f = read_sum(r);
		if (f && !take(r, ')'))
			f = fail(r, "a closing parenthesis");
	} else if (ascii_digit(c) || c == '.') {
		char *end;
		f = node(r, NUMBER, NULL, NULL);
		double number = strtod(r->at, &end);
		if (f && end == r->at)
			f = fail(r, "a number");
		if (f)
			f->number = number;
		r->at = end;
	} else {
		f = is_letter(c) ? read_name(r) : fail(r, "a number, a field or a parenthesis");
	}
	r->depth--;
	return f;
}

static struct formula *read_product(struct reader *r)
{
	struct formula *f = read_factor(r);
	while (f && (next(r) == '*' || *r->at == '/')) {
		enum kind kind = *r->at++ == '*' ? MULTIPLY : DIVIDE;
		struct formula *b = read_factor(r);
		f = b ? node(r, kind, f, b) : NULL;
	}
	return f;
}

static struct formula *read_sum(struct reader *r)
{
	struct formula *f = read_product(r);
	while (f && (next(r) == '+' || *r->at == '-')) {
		enum kind kind = *r->at++ == '+' ? ADD : SUBTRACT;
		struct formula *b = read_product(r);
		f = b ? node(r, kind, f, b) : NULL;
	}
	return f;
}

struct formula *formula_read(struct arena *a, const char *text, struct sow_error *err)
{
	struct reader r = { .text = text, .at = text, .arena = a, .err = err };
	if (strlen(text) > TEXT_MAX)
		return fail(&r, "a shorter formula");
	struct formula *f = read_sum(&r);
	if (f && next(&r))
		return fail(&r, "an operator or the end");
	return f;
}

/* The member of that whole name, else one step after the other. */
static const json_value *find(const json_value *object, const char *name)
{
	const json_value *found = json_get(object, name);
	const char *dot = strchr(name, '.');
	if (!json_is_missing(found) || !dot)
		return found;
	return find(json_find(object, view_from(name, (size_t)(dot - name))), dot + 1);
}

static bool read_number(const json_value *v, double *number)
{
	char text[64], *end;
	struct view said = view_trim(json_text(v));
	switch (json_type(v)) {
	case JSON_NUMBER:
		*number = json_number(v);
		return true;
	case JSON_BOOL:
		*number = json_bool(v);
		return true;
	case JSON_TEXT:
		if (!said.len || said.len >= sizeof(text))
			return false;
		memcpy(text, said.p, said.len);
		text[said.len] = '\0';
		*number = strtod(text, &end);
		return !*end;
	default:
		return false;
	}
}

static double apply(enum kind kind, double a, double b)
{
	switch (kind) {
	case ADD: return a + b;
	case SUBTRACT: return a - b;
	case MULTIPLY: return a * b;
	case DIVIDE: return a / b;
	case NEGATE: return -a;
	case LOG: return log(a);
	case EXP: return exp(a);
	case SQRT: return sqrt(a);
	case ABS: return fabs(a);
	case MIN: return fmin(a, b);
	default: return fmax(a, b);
	}
}

static int evaluate(const struct formula *f, const json_value *object, double *number, const char **missing)
{
	double a = 0, b = 0;
	const json_value *v;
	int status;
	switch (f->kind) {
	case NUMBER:
		*number = f->number;
		return SOW_OK;
	case FIELD:
		*missing = f->name;
		return read_number(find(object, f->name), number) ? SOW_OK : SOW_MISSING;
	case WORDS:
	case CHARS:
		v = find(object, f->a->name);
		*missing = f->a->name;
		if (json_type(v) != JSON_TEXT)
			return SOW_MISSING;
		struct view text = json_text(v);
		*number = f->kind == WORDS ? (double)words_count(text.p, text.len)
					   : (double)utf8_count(text.p, text.len);
		return SOW_OK;
	default:
		status = evaluate(f->a, object, &a, missing);
		if (!status && f->b)
			status = evaluate(f->b, object, &b, missing);
		*number = apply(f->kind, a, b);
		return status;
	}
}

int formula_value(const struct formula *f, const json_value *object, double *number,
		  const char **missing)
{
	int status = evaluate(f, object, number, missing);
	return status ? status : isfinite(*number) ? SOW_OK : SOW_INVALID;
}

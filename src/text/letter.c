#include "text/letter.h"

#include <errno.h>
#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

#include "base/view.h"
#include "sow/sow.h"

#define SMALL 256 /* bytes of a result that need no heap */

typedef uint8_t *mapping(const uint8_t *s, size_t n, const char *language, uninorm_t form,
			 uint8_t *result, size_t *len);

bool letter_is(uint32_t codepoint)
{
	return uc_is_general_category_withtable(codepoint, UC_CATEGORY_MASK_L);
}

bool letter_or_number(uint32_t codepoint)
{
	if (codepoint < 0x80)
		return ascii_alpha((char)codepoint) || ascii_digit((char)codepoint);
	return uc_is_general_category_withtable(codepoint,
						UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N);
}

bool letter_is_mark(uint32_t codepoint)
{
	return codepoint >= 0x80 && uc_is_general_category_withtable(codepoint, UC_CATEGORY_MASK_M);
}

bool letter_is_accent(uint32_t codepoint)
{
	return codepoint >= 0x80 && uc_is_general_category_withtable(codepoint, UC_CATEGORY_MASK_Mn);
}

bool letter_is_punctuation(uint32_t codepoint)
{
	return uc_is_general_category_withtable(codepoint, UC_CATEGORY_MASK_P);
}

bool letter_is_space(uint32_t codepoint)
{
	return uc_is_property_white_space(codepoint);
}

bool letter_is_control(uint32_t codepoint)
{
	return uc_is_general_category_withtable(codepoint, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf |
						UC_CATEGORY_MASK_Cs | UC_CATEGORY_MASK_Co);
}

int letter_decimal(uint32_t codepoint)
{
	if (codepoint < 0x80)
		return ascii_digit((char)codepoint) ? (int)codepoint - '0' : -1;
	return uc_decimal_value(codepoint);
}

uint32_t letter_small(uint32_t codepoint)
{
	return codepoint < 0x80 ? (uint32_t)ascii_lower((char)codepoint) : uc_tolower(codepoint);
}

unsigned letter_script(uint32_t codepoint)
{
	const uc_script_t *all, *script = uc_script(codepoint);
	size_t count;
	uc_all_scripts(&all, &count);
	size_t n = script ? (size_t)(script - all) : LETTER_SCRIPTS - 1;
	return n < LETTER_SCRIPTS - 1 ? (unsigned)n : LETTER_SCRIPTS - 1;
}

const char *letter_script_name(unsigned script)
{
	const uc_script_t *all;
	size_t count;
	uc_all_scripts(&all, &count);
	return script < count ? all[script].name : "Unknown";
}

static int map_into(struct buf *out, struct view text, mapping *map, uninorm_t form)
{
	uint8_t small[SMALL];
	size_t len = sizeof(small);
	uint8_t *mapped = map((const uint8_t *)text.p, text.len, "", form, small, &len);
	if (!mapped)
		return out->status = errno == ENOMEM ? SOW_NOMEM : SOW_INVALID;
	buf_add(out, (const char *)mapped, len);
	/* Past our own bytes libunistring takes them from malloc, not from mem.h. */
	if (mapped != small)
		free(mapped);
	return out->status;
}

int letter_fold(struct view text, struct buf *out)
{
	return map_into(out, text, u8_casefold, UNINORM_NFC);
}

int letter_lower(struct view text, struct buf *out)
{
	return map_into(out, text, u8_tolower, NULL);
}

int letter_title(struct view text, struct buf *out)
{
	return map_into(out, text, u8_totitle, NULL);
}

static uint8_t *decompose(const uint8_t *s, size_t n, const char *language, uninorm_t form,
			  uint8_t *result, size_t *len)
{
	(void)language;
	return u8_normalize(form, s, n, result, len);
}

int letter_decompose(struct view text, struct buf *out)
{
	return map_into(out, text, decompose, UNINORM_NFD);
}

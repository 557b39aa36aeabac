#include "text/language.h"

#include <stdio.h> /* CLD2's header takes it for granted */

#include <cld2/public/compact_lang_det.h>

static_assert(CLD2::NUM_LANGUAGES <= LANGUAGE_COUNT, "an id is below LANGUAGE_COUNT");

#define DECIDING 4096

static CLD2::Language language_for(unsigned id)
{
	return id < CLD2::NUM_LANGUAGES ? static_cast<CLD2::Language>(id) : CLD2::UNKNOWN_LANGUAGE;
}

unsigned language_of(const char *text, size_t len)
{
	bool reliable = false;
	if (len > DECIDING) {
		len = DECIDING;
		while (len && (static_cast<unsigned char>(text[len]) & 0xC0) == 0x80)
			len--; /* no character is cut in two */
	}
	if (!len)
		return CLD2::UNKNOWN_LANGUAGE;
	CLD2::Language l = CLD2::DetectLanguage(text, static_cast<int>(len), true, &reliable);
	return reliable ? l : CLD2::UNKNOWN_LANGUAGE;
}

const char *language_code(unsigned id)
{
	return CLD2::LanguageCode(language_for(id));
}

const char *language_name(unsigned id)
{
	return CLD2::LanguageName(language_for(id));
}

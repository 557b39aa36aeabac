#include "mock/invent.h"

#include <string.h>

#include "mock/phrases.h"

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static const char *const shapes[] = {
	"{write} {form} about {topic}, {limit}.",
	"{write} {form} for {who} on {topic}.",
	"{write} {form} in which {who} meets {who} {place} over {adj} {thing}.",
	"{explain} {deed} {place} to {who}, {limit}.",
	"{explain} {topic}, {limit}.",
	"{explain} {topic}.",
	"{plan} {topic}.",
	"{explain} why {adj} {thing} {place} {verb} {adj} {thing}.",
	"{compare} {adj} {thing} and {adj} {thing} {place}, {limit}.",
	"{compare} {deed} {place} and {deed} {place}.",
	"{plan} {deed} {place} for {who}, {limit}.",
	"{plan} {topic} on behalf of {who}.",
	"{question} {topic} {place}?",
	"{question} {topic}?",
	"{question} {topic}, {limit}?",
	"{edit} the following {text} about {topic}, {limit}.",
	"{edit} this {text} by {who} on {topic}.",
	"List {find} in the {text} on {topic} below.",
	"Find {find} in the given {text} from {who} about {topic}.",
	"Give {who} {count} tips for {deed} {place}, {limit}.",
	"If {amount} {adj} {thing} {place} cost {amount} euros, what do {amount} cost?",
	"{who} spends {amount} minutes a day on {topic}. What is that in {count} weeks?",
	"{who} asks {who} about {topic}. {write} the answer, {limit}.",
	"Name {count} {adj} {thing} {place} and say how each {verb} {topic}.",
	"{who} dreams of {topic}. Suggest {count} questions to ask, {limit}.",
	"Imagine {adj} {thing} without {adj} {thing}. {explain} the change for {who} {place}.",
	"Continue the {text} of {who} on {topic}, {limit}.",
	"Turn the notes below on {topic} into {form}, {limit}.",
	"Find {count} arguments for and {count} against {topic}, {limit}.",
	"Put the {text} about {topic} given below into words for {who}, {limit}.",
	"Write a Python function about {topic}: it takes {amount} {adj} {thing}, {limit}.",
	"Correct the following {text} by {who} about {topic}, {limit}.",
	"Tell the history of {topic} as {who} {place} would, {limit}.",
	"Rank {thing}, {thing}, {thing} and {thing} by their use to {who} {place}.",
	"Which suits {who} better {place}: {deed} or {topic}?",
	"Say in {count} sentences how {topic} {verb} {thing}, {limit}.",
	"Choose a title for the following {text} about {topic}, {limit}.",
	"Think of {count} names for {adj} {thing}, for {who} with a love of {topic}.",
	"{who} has lost {amount} {thing} {place}. {write} {form} about it, {limit}.",
};

static const char *const classification_shapes[] = {
	"{judge} the {text} about {topic} is {labels}.",
	"{judge} what {who} writes on {topic} is {labels}.",
	"{sort} the following {text} about {topic} by its {aspect}: {labels}.",
	"{sort} the {text} of {who} on {topic} as {labels}.",
	"{sort} each remark of {who} about {adj} {thing} {place} as {labels}.",
	"Is this {text} by {who} about {topic} {labels}? Answer with one word.",
	"Read the {text} on {topic} and choose its {aspect}: {labels}.",
	"Given the {text} of {who} on {topic}, choose one of these labels: {labels}.",
	"Which {aspect} does the {text} on {topic} have: {labels}?",
	"Would {who} call {topic} {labels}? Answer with one word.",
};

static const char *const flawed_shapes[] = {
	"Go on.", "Try it again.", "Do the same.",
	"Draw a picture of {adj} {thing} {place}.",
	"Plot a graph of the price of {adj} {thing} {place}.",
	"Open the file on {deed} and count its lines.",
	"Look at the image of {thing} and describe the map behind it.",
	"Write a program that lists {adj} {thing} {place}.",
	"({count}) {explain} {deed} {place}.",
	"\303\211crivez une lettre sur les {thing} {place}.",
	"{explain} {deed} {place}:",
};

static const char *const sentences[] = {
	"{opening} {adj} {thing} {verb} {adj} {thing} {place}.",
	"{opening} {deed} {verb} {thing}, and {who} would say the same.",
	"{who} once learnt this while {deed} {place}.",
	"The reason is that {thing} {place} {verb} what {who} expects.",
	"About {amount} in {amount} cases end with {adj} {thing}.",
	"{opening} there are {count} things to watch: {thing}, {thing} and {thing}.",
	"It helps to begin with {deed} before {deed}.",
};

/* {key} is a word of the instruction. */
static const char *const key_sentences[] = {
	"{opening} {key} {verb} {adj} {thing} {place}.",
	"With {key} it is much the same as with {thing} {place}.",
	"The question of {key} {verb} {deed}.",
	"{who} would put {key} first and {key} second.",
};

static const struct phrases *phrases_find(struct view slot)
{
	for (size_t i = 0; i < phrases_count; i++) {
		const struct phrases *p = &phrases_of[i];
		if (slot.len == p->slot_len && memcmp(slot.p, p->slot, slot.len) == 0)
			return p;
	}
	return NULL;
}

/* "spam, personal, or business", "yes or no" */
static void add_labels(struct draw *d, struct buf *out)
{
	const char *const *labels = label_sets[draw_below(d, label_set_count)].labels;
	size_t count = 0;
	while (count < COUNT(label_sets->labels) && labels[count])
		count++;
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_addstr(out, i + 1 < count ? ", " : count > 2 ? ", or " : " or ");
		buf_addstr(out, labels[i]);
	}
}

/* A longer word of a text, from a random place on; the text's first if there is none. */
static struct view pick_key(struct draw *d, struct view about)
{
	size_t at = draw_below(d, about.len ? about.len : 1);
	for (size_t tried = 0; tried < 2; tried++, at = 0) {
		while (at < about.len && at && !ascii_space(about.p[at - 1]))
			at++;
		while (at < about.len) {
			size_t end = at;
			while (end < about.len &&
			       (ascii_alpha(about.p[end]) || about.p[end] == '-'))
				end++;
			if (end - at > 4)
				return view_sub(about, at, end);
			at = end + 1;
		}
	}
	return view_of("this");
}

/* `about` fills {key}; `begins`: a sentence begins here. Phrases with slots are filled in turn. */
static void fill(struct draw *d, const char *shape, struct view about, bool begins, struct buf *out)
{
	for (const char *p = shape; *p;) {
		size_t start = out->len;
		if (*p != '{') {
			size_t len = strcspn(p, "{");
			buf_add(out, p, len);
			begins = len >= 2 && p[len - 1] == ' ' && strchr(".?!", p[len - 2]);
			p += len;
			continue;
		}
		struct view slot = view_from(p + 1, strcspn(p, "}") - 1);
		const struct phrases *phrases = phrases_find(slot);
		if (phrases) {
			const char *phrase = phrases->list[draw_below(d, phrases->count)];
			if (phrases->nested)
				fill(d, phrase, about, begins, out);
			else
				buf_addstr(out, phrase);
		} else if (view_eqstr(slot, "labels")) {
			add_labels(d, out);
		} else {
			struct view key = pick_key(d, about);
			buf_add(out, key.p, key.len);
		}
		if (begins && out->len > start && out->data[start] >= 'a' &&
		    out->data[start] <= 'z')
			out->data[start] = (char)(out->data[start] - 'a' + 'A');
		begins = false;
		p += slot.len + 2;
	}
}

void invent_fill(struct draw *d, const char *shape, struct buf *out)
{
	fill(d, shape, view_of(""), true, out);
}

void invent_instruction(struct draw *d, struct buf *out)
{
	if (draw_below(d, 4))
		invent_fill(d, shapes[draw_below(d, COUNT(shapes))], out);
	else
		invent_fill(d, classification_shapes[draw_below(d, COUNT(classification_shapes))],
			    out);
}

void invent_flawed(struct draw *d, struct buf *out)
{
	if (draw_below(d, 20))
		invent_fill(d, flawed_shapes[draw_below(d, COUNT(flawed_shapes))], out);
	else
		invent_prose(d, view_of(""), 160, out);
}

/* Reading instructions */

static bool begins_with_one_of(struct view text, const char *slot)
{
	const struct phrases *phrases = phrases_find(view_of(slot));
	for (size_t i = 0; i < phrases->count; i++) {
		if (view_starts(text, phrases->list[i]))
			return true;
	}
	return false;
}

bool invent_is_classification(struct view instruction)
{
	static const char *const signs[] = {
		" whether ", "one of these labels", "choose its", "Answer with one word",
		"Answer yes or no", " does the ", "true or false", "Classify", "classify", "label",
	};
	if (begins_with_one_of(instruction, "judge") || begins_with_one_of(instruction, "sort"))
		return true;
	for (size_t i = 0; i < COUNT(signs); i++) {
		if (view_find(instruction, 0, signs[i]) != VIEW_NONE)
			return true;
	}
	return false;
}

bool invent_needs_input(struct view instruction)
{
	static const char *const signs[] = {
		"following", "below", "given", "this ", "the sentence", "the text", "the paragraph",
		"these ",
	};
	for (size_t i = 0; i < COUNT(signs); i++) {
		if (view_find(instruction, 0, signs[i]) != VIEW_NONE)
			return true;
	}
	return false;
}

/* The label that ends at `end`: back to a comma, a colon or a blank. */
static struct view label_before(struct view text, size_t end)
{
	size_t from = end;
	while (from && !strchr(" ,:?", text.p[from - 1]))
		from--;
	return view_sub(text, from, end);
}

/* Labels are before and after the last " or ": "a, b, or c", "a or b". */
size_t invent_labels(struct view instruction, struct view labels[LABELS_MAX])
{
	static const char or[] = " or ";
	size_t at = VIEW_NONE, count = 0;
	for (size_t next = 0; (next = view_find(instruction, next, or)) != VIEW_NONE; next++)
		at = next;
	if (at != VIEW_NONE) {
		size_t end = at + strlen(or);
		while (end < instruction.len &&
		       (ascii_alpha(instruction.p[end]) || instruction.p[end] == '-'))
			end++;
		labels[count++] = view_sub(instruction, at + strlen(or), end);
		end = at && instruction.p[at - 1] == ',' ? at - 1 : at;
		while (count < LABELS_MAX) {
			struct view label = label_before(instruction, end);
			size_t from = (size_t)(label.p - instruction.p);
			if (!label.len)
				break;
			labels[count++] = label;
			if (from < 2 || instruction.p[from - 1] != ' ' ||
			    instruction.p[from - 2] != ',')
				break;
			end = from - 2;
		}
		if (count > 1 && labels[0].len)
			return count;
	}
	labels[0] = view_of("yes");
	labels[1] = view_of("no");
	return 2;
}

/* Prose */

static size_t words_in(const struct buf *text, size_t from)
{
	size_t count = 0;
	for (size_t i = from; i < text->len; i++)
		count += text->data[i] == ' ';
	return count;
}

void invent_prose(struct draw *d, struct view about, size_t words, struct buf *out)
{
	size_t start = out->len, count = 0, counted = start;
	do {
		if (out->len > start)
			buf_addch(out, ' ');
		if (about.len && draw_below(d, 2))
			fill(d, key_sentences[draw_below(d, COUNT(key_sentences))], about, true,
			     out);
		else
			fill(d, sentences[draw_below(d, COUNT(sentences))], about, true, out);
		count += words_in(out, counted);
		counted = out->len;
	} while (count < words);
}

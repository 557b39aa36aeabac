/* diff.js - what changed between two texts, word by word. */
import { el, shown } from "./dom.js";

const MOST = 4000000;                /* cells of the table: beyond, the middle counts as all new */

const pieces = (what) => what.match(/[\p{L}\p{N}]+|\s+|[^\p{L}\p{N}\s]/gu) || [];

/* [kind, text]: "=" in both, "-" only before, "+" only after. */
export function changes(before, after) {
	const a = pieces(before), b = pieces(after), out = [];
	const add = (kind, what) => {
		if (out.length && out[out.length - 1][0] === kind)
			out[out.length - 1][1] += what;
		else
			out.push([kind, what]);
	};
	let start = 0, end = 0;
	while (start < a.length && start < b.length && a[start] === b[start])
		start++;
	while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
		end++;
	a.slice(0, start).forEach((w) => add("=", w));
	const x = a.slice(start, a.length - end), y = b.slice(start, b.length - end);
	if (x.length * y.length > MOST) {
		add("-", x.join(""));
		add("+", y.join(""));
	} else {
		middle(x, y, add);
	}
	a.slice(a.length - end).forEach((w) => add("=", w));
	return out.filter(([, what]) => what);
}

/* The longest common subsequence, from the end. */
function middle(x, y, add) {
	const best = Array.from({ length: x.length + 1 }, () => new Uint32Array(y.length + 1));
	for (let i = x.length - 1; i >= 0; i--) {
		for (let j = y.length - 1; j >= 0; j--)
			best[i][j] = x[i] === y[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
	}
	let i = 0, j = 0;
	while (i < x.length || j < y.length) {
		if (i < x.length && j < y.length && x[i] === y[j])
			add("=", (j++, x[i++]));
		else if (j >= y.length || (i < x.length && best[i + 1][j] >= best[i][j + 1]))
			add("-", x[i++]);
		else
			add("+", y[j++]);
	}
}

/* Both texts as one: what went is struck out, what came is underlined. */
export function show_changes(before, after, attributes = {}) {
	const tags = { "-": "del", "+": "ins", "=": "span" };
	return el("div", { ...attributes, class: "text " + (attributes.class || ""), dir: "auto" },
		changes(before, after).map(([kind, what]) => el(tags[kind], {}, shown(what))));
}

/* The words that two texts share, marked in the second: what ROUGE-L counts. */
export function show_common(one, other) {
	const words = (what) => what.match(/[\p{L}\p{N}]+|[^\p{L}\p{N}]+/gu) || [];
	const is_word = (w) => /[\p{L}\p{N}]/u.test(w);
	const a = words(one).filter(is_word).map((w) => w.toLowerCase()).slice(0, 1500);
	const b = words(other);
	const places = b.map((w, i) => i).filter((i) => is_word(b[i])).slice(0, 1500);
	const y = places.map((i) => b[i].toLowerCase()), common = new Set();
	const best = Array.from({ length: a.length + 1 }, () => new Uint16Array(y.length + 1));
	for (let i = a.length - 1; i >= 0; i--) {
		for (let j = y.length - 1; j >= 0; j--)
			best[i][j] = a[i] === y[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
	}
	for (let i = 0, j = 0; i < a.length && j < y.length;) {
		if (a[i] === y[j])
			common.add(places[(i++, j++)]);
		else if (best[i + 1][j] >= best[i][j + 1])
			i++;
		else
			j++;
	}
	return el("div", { class: "text", dir: "auto" },
		b.map((w, i) => common.has(i) ? el("mark", {}, w) : shown(w)));
}

/* dom.js - elements, other people's texts, numbers.
 *
 * Whatever comes from a record is put into the page as text, never as HTML. Characters that draw
 * nothing or turn the text around are named, so that a reader sees them.
 */

/* An element: el("p", { class: "lead" }, "some ", el("b", {}, "text")). */
export function el(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) {
		if (name.startsWith("on"))
			e.addEventListener(name.slice(2), value);
		else if (value !== undefined && value !== false && value !== null)
			e.setAttribute(name, value === true ? "" : value);
	}
	e.append(...children.flat(9).filter((c) => c !== undefined && c !== null && c !== "" && c !== false));
	return e;
}

/* eslint-disable-next-line no-control-regex */
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu;

const code = (c) => "U+" + c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");

/* A text in pieces: strings, and names of what would not be seen. */
export function shown(what) {
	const pieces = [];
	let from = 0;
	for (const found of what.matchAll(HIDDEN)) {
		pieces.push(what.slice(from, found.index), el("span", { class: "hidden-char" }, code(found[0])));
		from = found.index + found[0].length;
	}
	pieces.push(what.slice(from));
	return pieces;
}

const LONG = 12000;

/* Somebody else's text, whichever way it is written; the rest of a long one on request. */
export function text(what, attributes = {}, tag = "div") {
	const box = el(tag, { ...attributes, class: "text " + (attributes.class || ""), dir: "auto" });
	if (what.length <= LONG) {
		box.append(...shown(what));
		return box;
	}
	const more = el("button", { type: "button", class: "quiet", onclick: () => {
		box.replaceChildren(...shown(what));
	} }, `Show all ${count(what.length)} characters`);
	box.append(...shown(what.slice(0, LONG)), "… ", more);
	return box;
}

export const name = (what) => el("bdi", {}, shown(String(what)));

const whole = new Intl.NumberFormat("en");
export const count = (n) => whole.format(n);
export const some = (n, one, many = one + "s") => count(n) + " " + (n === 1 ? one : many);
export const short = (x) => Number.isInteger(x) ? count(x) : String(Number(x.toPrecision(3)));
export const percent = (x) => (100 * x).toFixed(100 * x > 0 && 100 * x < 10 ? 1 : 0) + " %";
/* CLD2's names are in capitals. */
export const title_case = (what) => what.charAt(0).toUpperCase() + what.slice(1).toLowerCase();

export function duration(seconds) {
	if (seconds < 100)
		return (seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)) + " s";
	if (seconds < 6000)
		return Math.round(seconds / 60) + " min";
	return seconds < 172800 ? (seconds / 3600).toFixed(1) + " h" : (seconds / 86400).toFixed(1) + " days";
}

export const when = (ns) => new Date(ns / 1e6).toLocaleString("en-GB",
	{ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

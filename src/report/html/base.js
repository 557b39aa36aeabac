/* base.js - the page's data, its elements, and how numbers are told.
 *
 * Whatever comes from a data set is put into the page as text (el, textContent), never as HTML.
 */
"use strict";

const part = (id) => JSON.parse(document.getElementById(id).textContent);
const data = part("data");
const run = data.run;
const stats = data.stats;

/* An element: el("p", { class: "lead" }, "some ", el("b", {}, "text")). */
function el(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) {
		if (value !== undefined && value !== false)
			e.setAttribute(name, value === true ? "" : value);
	}
	e.append(...children.flat().filter((c) => c !== undefined && c !== null && c !== ""));
	return e;
}

/* Somebody else's text, whichever way it is written. */
const text = (what, kind = "p") => el(kind, { class: "text", dir: "auto" }, what);
const name = (what) => el("bdi", {}, what);

const whole = new Intl.NumberFormat("en");
const count = (n) => whole.format(n);
const some = (n, one, many = one + "s") => count(n) + " " + (n === 1 ? one : many);
const fixed = (x, digits) => x.toFixed(digits);

function percent(n, of) {
	const share = of ? 100 * n / of : 0;
	if (n && share < 0.1)
		return "under 0.1 %";
	return (share >= 10 || Number.isInteger(share) ? Math.round(share) : share.toFixed(1)) + " %";
}

/* 1.2 million, 55,543 */
function large(n) {
	if (n >= 1e9)
		return fixed(n / 1e9, 2) + " billion";
	return n >= 1e6 ? fixed(n / 1e6, n >= 1e7 ? 1 : 2) + " million" : count(n);
}

function money(nano) {
	const dollars = nano / 1e9;
	if (!nano)
		return "$0";
	return "$" + (dollars < 0.995 ? fixed(dollars, dollars < 0.01 ? 4 : 2)
		: dollars.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
}

function duration(ns) {
	const s = ns / 1e9;
	if (s < 1)
		return Math.round(s * 1000) + " ms";
	if (s < 100)
		return (s < 10 ? fixed(s, 1) : Math.round(s)) + " s";
	if (s < 6000)
		return Math.round(s / 60) + " min";
	return s < 172800 ? fixed(s / 3600, 1) + " h" : fixed(s / 86400, 1) + " days";
}

function date(ns) {
	return new Date(ns / 1e6).toLocaleString("en-GB", {
		day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit",
		timeZone: "UTC",
	}) + " UTC";
}

function from_to(a, b) {
	const [x, y] = [date(a), date(b)];
	return x === y ? x : `${x.replace(" UTC", "")} to ${y}`;
}

/* "a, b and c" */
function listed(items) {
	return items.length < 2 ? items.join("") :
		items.slice(0, -1).join(", ") + " and " + items[items.length - 1];
}

/* A table: `head` and rows of texts and numbers; numbers stand right. */
function table(caption, head, rows) {
	const is_number = head.map((_, i) => rows.length > 0 && rows.every((r) => /^[\d$]/.test(String(r[i]))));
	const cell = (tag, value, i) =>
		el(i ? tag : "th", { class: is_number[i] && i && "n", scope: i ? undefined : "row" }, name(value));
	return el("table", {}, el("caption", {}, caption),
		el("thead", {}, el("tr", {}, head.map((h, i) =>
			el("th", { class: is_number[i] && i && "n", scope: "col" }, h)))),
		el("tbody", {}, rows.map((r) => el("tr", {}, r.map((v, i) => cell("td", String(v), i))))));
}

/* Rows with a bar each: [name, number, what it means]. */
function bars(caption, head, rows, total) {
	const most = Math.max(...rows.map((r) => r[1]));
	return el("table", { class: "bars" }, el("caption", { class: "hidden" }, caption),
		el("thead", {}, el("tr", {}, el("th", { scope: "col" }, head[0]), el("th", { scope: "col" }, head[1]),
			el("th", { scope: "col", class: "n" }, head[2]),
			el("td", { class: "bar" }))),
		el("tbody", {}, rows.map((r) => {
			const bar = el("span", {});
			bar.style.width = 100 * r[1] / most + "%";
			return el("tr", {}, el("th", { scope: "row" }, name(r[0])), el("td", {}, r[2] || ""),
				el("td", { class: "n" }, count(r[1]) + (total ? " · " + percent(r[1], total) : "")),
				el("td", { class: "bar" }, bar));
		})));
}

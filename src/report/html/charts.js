/* charts.js - the page's charts, each with its numbers in a table below.
 *
 * Colours are the style's, so they change with it; tooltips are drawn and not HTML, because names
 * in them come from the data.
 */
"use strict";

const charts = [];

/* Widths on paper, in pixels: of a page, of two beside each other, of three. */
const ON_PAPER = { two: 324, three: 208, "": 680 };

function colours() {
	const dark = matchMedia("(prefers-color-scheme: dark)").matches && !matchMedia("print").matches;
	const style = getComputedStyle(document.documentElement);
	const of = (variable) => style.getPropertyValue("--" + variable).trim();
	return {
		ink: of("ink"), soft: of("soft"), rule: of("rule"), paper: of("paper"),
		accent: of("accent"), second: of("second"), third: of("third"),
		sans: of("sans"),
		/* of as many kinds as there are */
		on_kinds: dark ? "#181715" : "#ffffff",
		kinds: dark
			? ["#d98b7f", "#8db6d2", "#c2b069", "#93b593", "#bd98bd", "#d6a878", "#81b7b3", "#aeaba5"]
			: ["#a1493f", "#44708f", "#8f7d38", "#5c825c", "#85608a", "#a9743f", "#43827e", "#78736a"],
	};
}

function axis(c, more) {
	return {
		axisLine: { lineStyle: { color: c.soft } }, axisTick: { show: false },
		axisLabel: { color: c.soft, fontFamily: c.sans, fontSize: 12, hideOverlap: true },
		splitLine: { lineStyle: { color: c.rule } },
		nameTextStyle: { color: c.soft, fontFamily: c.sans, fontSize: 12 }, ...more,
	};
}

function tooltip(c, more) {
	return {
		renderMode: "richText", backgroundColor: c.paper, borderColor: c.soft, padding: [6, 9],
		textStyle: { color: c.ink, fontFamily: c.sans, fontSize: 13 }, confine: true,
		axisPointer: { type: "none" }, transitionDuration: 0, ...more,
	};
}

const common = (c) => ({ animation: false, textStyle: { fontFamily: c.sans } });

function draw(chart) {
	chart.plot.setOption({ ...common(colours()), ...chart.option(colours(), chart.plot.getWidth()) }, true);
}

/* Fills the figure of that name. `numbers` is the table that says the same. */
function add_chart(which, { title, under, label, option, numbers }) {
	const figure = document.querySelector(`[data-chart="${which}"]`);
	const place = el("div", { class: "chart", role: "img", "aria-label": label || title });
	figure.append(el("p", { class: "title" }, title), el("p", { class: "under" }, under), place,
		el("details", { class: "numbers" }, el("summary", {}, "The numbers"), el("div", {}, numbers)));
	const chart = { figure, option, plot: echarts.init(place, null, { renderer: "svg" }) };
	charts.push(chart);
	draw(chart);
	new ResizeObserver(() => {
		if (place.clientWidth === chart.plot.getWidth())
			return;
		chart.plot.resize();
		draw(chart);
	}).observe(place);
}

function drop_chart(which) {
	document.querySelector(`[data-chart="${which}"]`).remove();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach(draw));
addEventListener("beforeprint", () => charts.forEach((chart) => {
	chart.plot.resize({ width: ON_PAPER[chart.figure.parentElement.className] || ON_PAPER[""] });
	draw(chart);
}));
addEventListener("afterprint", () => charts.forEach((chart) => {
	chart.plot.resize({ width: "auto" });
	draw(chart);
}));

/* Bars of equal widths */

/* `labels[i]` is the range in words, `ticks[i]` what stands below; every `step`th is shown. */
function bar_option(c, bins, labels, ticks, step, colour, unit) {
	const total = bins.reduce((a, b) => a + b, 0);
	return {
		grid: { left: 4, right: 8, top: 12, bottom: 4, containLabel: true },
		tooltip: tooltip(c, {
			trigger: "axis",
			formatter: (p) => `${labels[p[0].dataIndex]}\n${some(bins[p[0].dataIndex], unit)}, ` +
				percent(bins[p[0].dataIndex], total),
		}),
		xAxis: axis(c, {
			type: "category", data: ticks,
			axisLabel: { ...axis(c).axisLabel, interval: (i) => i % step === 0 },
		}),
		yAxis: axis(c, {
			type: "value", minInterval: 1, splitNumber: 3,
			axisLine: { show: false },
		}),
		series: [{ type: "bar", data: bins, barCategoryGap: "12%", itemStyle: { color: colour } }],
	};
}

function likeness_chart(l, seeds) {
	const bin = 1 / l.bins.length;
	const ticks = l.bins.map((_, i) => fixed(i * bin, 1));
	const labels = l.bins.map((_, i) => `${fixed(i * bin, 2)} to ${fixed((i + 1) * bin, 2)}`);
	add_chart("likeness", {
		title: "Highest ROUGE-L with any seed",
		under: `Of each instruction with the nearest of ${some(l.seeds, "seed")}: 0 shares no word with any, ` +
			"1 has the same words in the same order",
		option: (c) => bar_option(c, l.bins, labels, ticks, 5, c.accent, "instruction"),
		numbers: table(`ROUGE-L with the nearest seed (${seeds.name})`, ["from … to", "instructions"],
			labels.map((label, i) => [label, count(l.bins[i])])),
	});
}

function length_chart(which, title, h) {
	if (!h.count) {
		drop_chart(which);
		return;
	}
	const w = h.bar_width, last = h.bars.length - 1;
	const from = h.bars.map((_, i) => i * w);
	const labels = from.map((f, i) => i === last ? `${count(f)} words and more`
		: w === 1 ? some(f, "word") : `${count(f)} to ${count(f + w - 1)} words`);
	const step = Math.max(1, Math.round(h.bars.length / 5));
	add_chart(which, {
		title,
		under: `Median ${count(h.median)}, nine in ten up to ${count(h.p90)}, longest ${count(h.longest)}`,
		option: (c) => bar_option(c, h.bars, labels, from.map(count), step, c.second, "text"),
		numbers: table(title + ", in words", ["length", "texts"], labels.map((l, i) => [l, count(h.bars[i])])),
	});
}

/* Scores */

/* Three digits: of what size a score is, nobody knows before. */
const digits = (x) => String(Number(x.toPrecision(3)));

function score_chart(which, s) {
	const ends = s.bars.map((_, i) => [s.bars_from + i * s.bar_width, s.bars_from + (i + 1) * s.bar_width]);
	const labels = ends.map(([from, to]) => `${digits(from)} to ${digits(to)}`);
	add_chart(which, {
		title: s.name,
		under: `Median ${digits(s.median)}, eight in ten from ${digits(s.p10)} to ${digits(s.p90)}, ` +
			`all from ${digits(s.least)} to ${digits(s.most)}`,
		option: (c) => bar_option(c, s.bars, labels, ends.map(([from]) => digits(from)), 6, c.second, "record"),
		numbers: table(s.name, ["from … to", "records"], labels.map((l, i) => [l, count(s.bars[i])])),
	});
}

function points_chart(p, r) {
	const points = p.x_ranks.map((x, i) => [x / 10, p.y_ranks[i] / 10]);
	add_chart("score-points", {
		title: `${p.x} and ${p.y}`,
		under: `Each point is a record, at its rank among all by both: 0 is the lowest, 100 the highest. Rank correlation ${fixed(r, 2)}`,
		option: (c) => ({
			grid: { left: 8, right: 16, top: 28, bottom: 24, containLabel: true },
			xAxis: axis(c, { type: "value", min: 0, max: 100, name: p.x, nameLocation: "middle", nameGap: 26 }),
			yAxis: axis(c, { type: "value", min: 0, max: 100, name: p.y }),
			series: [{ type: "scatter", data: points, symbolSize: 5, silent: true,
				itemStyle: { color: c.accent, opacity: 0.6 } }],
		}),
		numbers: table(`${p.x} and ${p.y}, ranks of 100`, [p.x, p.y], points.map(([x, y]) => [fixed(x, 1), fixed(y, 1)])),
	});
}

/* The map */

function map_chart(m) {
	const of = (selected) => m.x.map((x, i) => [x, m.y[i], m.cluster[i]]).filter((_, i) => Boolean(m.selected[i]) === selected);
	const head = ["cluster", "records"].concat(m.has_selection ? ["selected", "share"] : []);
	add_chart("map", {
		title: "The set, seen from above",
		under: m.has_selection ? "A point is a record; the strong ones were selected. Names stand amid their clusters"
			: "A point is a record. Names stand amid their clusters",
		option: (c, width) => ({
			grid: { left: 8, right: 8, top: 8, bottom: 8 },
			tooltip: tooltip(c, { trigger: "item", formatter: (p) => m.clusters[p.value[2]].name }),
			xAxis: { type: "value", show: false, min: -20, max: 1020 },
			yAxis: { type: "value", show: false, scale: true },
			series: [
				{ type: "scatter", data: of(false), symbolSize: 4, itemStyle: { color: c.second, opacity: 0.35 } },
				{ type: "scatter", data: of(true), symbolSize: 5, itemStyle: { color: c.accent, opacity: 0.9 } },
				{ type: "scatter", data: m.clusters.map((k, i) => [k.x, k.y, i]), symbolSize: 1, itemStyle: { color: c.ink },
					labelLayout: { hideOverlap: true },
					label: { show: true, formatter: (p) => m.clusters[p.value[2]].name, color: c.ink, fontFamily: c.sans,
						fontSize: width < 500 ? 10 : 12, textBorderColor: c.paper, textBorderWidth: 3 } },
			],
		}),
		numbers: table("Clusters", head, m.clusters.slice().sort((a, b) => b.records - a.records).map((k) =>
			[k.name, count(k.records)].concat(m.has_selection ? [count(k.selected), percent(k.selected, k.records)] : []))),
	});
}

/* Verbs and nouns */

function structure_chart(s) {
	const rows = s.verbs.flatMap((v) => v.nouns.map((n) => [v.verb, n.noun, count(n.count)]));
	add_chart("structure", {
		title: s.verbs.length === 1 ? "The verb used, and its nouns"
			: `The ${s.verbs.length} verbs most used, and the nouns most used with each`,
		under: "Root verb and direct object of the first sentence; a verb's width is what its nouns here make up",
		option: (c, width) => ({
			tooltip: tooltip(c, {
				formatter: (p) => p.treePathInfo.length < 2 || !p.name ? "" :
					p.treePathInfo.slice(1).map((t) => t.name).join(" ") + ": " + count(p.value),
			}),
			series: [{
				type: "sunburst", radius: ["14%", "98%"], nodeClick: false, sort: null,
				emphasis: { focus: "ancestor" },
				itemStyle: { borderColor: c.paper, borderWidth: 1 },
				label: { color: c.on_kinds, fontFamily: c.sans, minAngle: 4, textBorderWidth: 0 },
				levels: [{},
					{ r0: "14%", r: "52%", label: { rotate: "radial", fontSize: width < 450 ? 10 : 13, fontWeight: 600,
						minAngle: width < 450 ? 12 : 5 } },
					{ r0: "52%", r: "98%", label: { rotate: "radial", fontSize: width < 450 ? 9 : 12, color: c.ink,
						minAngle: width < 450 ? 6 : 3 } }],
				data: s.verbs.map((v, i) => {
					const color = c.kinds[i % c.kinds.length];
					return { name: v.verb, itemStyle: { color }, children: v.nouns.map((n) =>
						({ name: n.noun, value: n.count, itemStyle: { color, opacity: 0.35 } })) };
				}),
			}],
		}),
		numbers: table("Verbs and nouns", ["verb", "noun", "instructions"], rows),
	});
}

/* Over time */

/* Neighbouring spans together, so that some forty are left: {at, sum(list)}. */
function spans_of(t) {
	const each = Math.ceil(t.replies.length / 40);
	const groups = Math.ceil(t.replies.length / each);
	const unit = t.worked_ns < 2e9 ? [1e6, "ms"] : t.worked_ns < 3e11 ? [1e9, "seconds"]
		: t.worked_ns < 1.8e13 ? [6e10, "minutes"] : [3.6e12, "hours"];
	return {
		unit: unit[1],
		at: Array.from({ length: groups }, (_, g) =>
			Math.min((g + 1) * each * t.width_ns, t.worked_ns) / unit[0]),
		sum: (list) => Array.from({ length: groups }, (_, g) =>
			list.slice(g * each, (g + 1) * each).reduce((a, b) => a + b, 0)),
	};
}

const running = (list) => {
	let sum = 0;
	return list.map((n) => sum += n);
};

const round = (x) => x < 10 ? Number(x.toFixed(1)) : Math.round(x);

function time_axis(c, spans, end) {
	return axis(c, { type: "value", min: 0, max: end, name: spans.unit + " at work", nameLocation: "middle",
		nameGap: 26, splitLine: { show: false },
		axisLabel: { ...axis(c).axisLabel, showMaxLabel: false, formatter: (x) => count(round(x)) } });
}

function stage_name(stage) {
	const what = stage.name || "stage " + stage.stage;
	return run.steps.length > 1 ? `${stage.step}. ${what}` : what;
}

function acceptance_chart(t) {
	const spans = spans_of(t), end = t.worked_ns / (t.worked_ns ? spanning(t) : 1);
	const lines = t.stages.filter((s) => s.all_kept + s.all_rejected).map((s) => {
		const kept = spans.sum(s.kept), rejected = spans.sum(s.rejected);
		return { stage: s, label: stage_name(s), share: spans.at.map((_, i) =>
			kept[i] + rejected[i] ? kept[i] / (kept[i] + rejected[i]) : null) };
	});
	if (!lines.length) {
		drop_chart("acceptance");
		return;
	}
	add_chart("acceptance", {
		title: "Accepted, by stage",
		under: "Share of what a stage's replies held that was kept",
		option: (c) => ({
			color: [c.accent, c.second, c.third, c.soft, ...c.kinds],
			grid: { left: 4, right: 10, top: 34 + 20 * Math.floor((lines.length - 1) / 4), bottom: 26, containLabel: true },
			legend: { top: 0, left: 0, icon: "rect", itemWidth: 14, itemHeight: 3,
				textStyle: { color: c.ink, fontFamily: c.sans } },
			tooltip: tooltip(c, {
				trigger: "axis",
				formatter: (p) => p.filter((x) => x.value[1] !== null)
					.map((x) => `${x.seriesName}: ${percent(x.value[1], 1)}`).join("\n"),
			}),
			xAxis: time_axis(c, spans, end),
			yAxis: axis(c, { type: "value", min: 0, max: 1, interval: 0.25, axisLine: { show: false },
				axisLabel: { ...axis(c).axisLabel, formatter: (x) => Math.round(100 * x) + " %" } }),
			series: lines.map((l) => ({
				name: l.label, type: "line", connectNulls: true, showSymbol: l.share.length < 3,
				lineStyle: { width: 2 }, data: spans.at.map((x, i) => [x, l.share[i]]),
			})),
		}),
		numbers: table("Accepted and rejected, by stage", ["stage", "kept", "rejected", "accepted"],
			lines.map((l) => [l.label, count(l.stage.all_kept), count(l.stage.all_rejected),
				percent(l.stage.all_kept, l.stage.all_kept + l.stage.all_rejected)])),
	});
}

function spanning(t) {
	return { ms: 1e6, seconds: 1e9, minutes: 6e10, hours: 3.6e12 }[spans_of(t).unit];
}

/* What it cost, as it grew: money where there is a price, else tokens. */
function cost_chart(t) {
	const spans = spans_of(t), end = t.worked_ns / spanning(t);
	const paid = t.cost_nano_dollars.some((n) => n);
	const spent = running(spans.sum(t.cost_nano_dollars)).map((n) => n / 1e9);
	const tokens = running(spans.sum(t.prompt_tokens.map((n, i) => n + t.completion_tokens[i])));
	const finished = running(spans.sum(t.finished));
	const grown = paid ? spent : tokens;
	const tell = paid ? (x) => money(x * 1e9) : (x) => some(x, "token");
	add_chart("cost", {
		title: paid ? "Money spent, and tasks for it" : "Tokens used, and tasks for them",
		under: `${paid ? "Dollars, left; tasks" : "Tokens, left; tasks"} finished, right`,
		option: (c) => ({
			grid: { left: 4, right: 4, top: 34, bottom: 26, containLabel: true },
			legend: { top: 0, left: 0, icon: "rect", itemWidth: 14, itemHeight: 3,
				textStyle: { color: c.ink, fontFamily: c.sans } },
			tooltip: tooltip(c, {
				trigger: "axis",
				formatter: (p) => `after ${count(round(p[0].value[0]))} ${spans.unit}\n` +
					`${tell(grown[p[0].dataIndex])}\n${some(finished[p[0].dataIndex], "task")}`,
			}),
			xAxis: time_axis(c, spans, end),
			yAxis: [
				axis(c, { type: "value", splitNumber: 3, axisLine: { show: false },
					axisLabel: { ...axis(c).axisLabel, formatter: (x) => paid ? money(x * 1e9) : short(x) } }),
				axis(c, { type: "value", splitNumber: 3, axisLine: { show: false }, splitLine: { show: false },
					axisLabel: { ...axis(c).axisLabel, formatter: short } }),
			],
			series: [
				{ name: paid ? "dollars" : "tokens", type: "line", showSymbol: grown.length < 3,
					lineStyle: { color: c.accent, width: 2 }, itemStyle: { color: c.accent },
					areaStyle: { color: c.accent, opacity: 0.1 },
					data: spans.at.map((x, i) => [x, grown[i]]) },
				{ name: "tasks", type: "line", yAxisIndex: 1, showSymbol: grown.length < 3,
					lineStyle: { color: c.second, width: 2 }, itemStyle: { color: c.second },
					data: spans.at.map((x, i) => [x, finished[i]]) },
			],
		}),
		numbers: table("Spent and finished, summed up", ["after " + spans.unit, paid ? "dollars" : "tokens", "tasks"],
			spans.at.map((x, i) => [count(round(x)), paid ? money(grown[i] * 1e9) : count(grown[i]), count(finished[i])])),
	});
}

const short = (n) => n >= 1e9 ? n / 1e9 + " bn" : n >= 1e6 ? n / 1e6 + " m" : n >= 1e4 ? n / 1e3 + " k" : count(n);

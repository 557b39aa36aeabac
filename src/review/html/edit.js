/* edit.js - mending a record in place: every text of it becomes a field, the original stays. */
import { el } from "./dom.js";

/* Turns the texts of an article into fields. Returns { value, cancel }: value() is the edit as the
 * server keeps it, or null if nothing differs from the original. */
export function begin_edit(article) {
	const boxes = [...article.querySelectorAll("[data-path]")];
	const areas = boxes.map((box, n) => {
		const area = el("textarea", { class: "edit", dir: "auto", spellcheck: "true", "aria-label": `Text ${n + 1} of the record` });
		area.value = box.current;
		const fit = () => {
			area.style.height = "auto";
			area.style.height = Math.min(area.scrollHeight + 4, window.innerHeight * 0.7) + "px";
		};
		area.addEventListener("input", fit);
		box.replaceWith(area);
		fit();
		return area;
	});
	if (areas.length)
		areas[0].focus();
	return {
		count: areas.length,
		value() {
			const edit = {};
			let any = false;
			areas.forEach((area, n) => {
				const is = area.value, was = boxes[n].original;
				if (is === was.replace(/\r\n?/g, "\n"))
					return;
				any = true;
				const path = JSON.parse(boxes[n].dataset.path);
				let at = edit;
				for (const key of path.slice(0, -1))
					at = at[key] ??= {};
				at[path[path.length - 1]] = [was, is];
			});
			return any ? edit : null;
		},
		cancel() {
			areas.forEach((area, n) => area.replaceWith(boxes[n]));
		},
	};
}

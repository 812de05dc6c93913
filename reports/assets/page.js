// Tables sort by their headers and filter by text; without this script they are plain tables. SPDX-License-Identifier: Apache-2.0
"use strict";
(function () {
	function keyOf(row, column) {
		var cell = row.cells[column];
		// A cell may have its number in several units: the one that is shown counts.
		var unit = Array.from(cell.querySelectorAll("span[data-value]")).find(function (e) { return e.offsetParent; });
		var text = unit ? unit.dataset.value : cell.dataset.value !== undefined ? cell.dataset.value : cell.textContent;
		var number = text.trim() === "" ? Infinity : Number(text);
		return isNaN(number) ? text : number;
	}
	function compare(a, b) {
		if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : 0;
		return String(a).localeCompare(String(b));
	}
	function sortBy(table, header, column) {
		var descending = header.getAttribute("aria-sort") === "ascending";
		var rows = Array.from(table.tBodies[0].rows);
		rows.sort(function (a, b) { return (descending ? -1 : 1) * compare(keyOf(a, column), keyOf(b, column)); });
		table.querySelectorAll("th[aria-sort]").forEach(function (th) { th.removeAttribute("aria-sort"); });
		header.setAttribute("aria-sort", descending ? "descending" : "ascending");
		table.tBodies[0].append.apply(table.tBodies[0], rows);
	}
	document.querySelectorAll("table.sort").forEach(function (table) {
		Array.from(table.tHead.rows[0].cells).forEach(function (header, column) {
			var button = document.createElement("button");
			button.type = "button";
			button.append.apply(button, Array.from(header.childNodes));
			button.addEventListener("click", function () { sortBy(table, header, column); });
			header.append(button);
		});
	});
	document.querySelectorAll("table.filter").forEach(function (table) {
		var label = document.createElement("label"), input = document.createElement("input");
		label.className = "filterbox";
		input.type = "search";
		label.append("Show rows with ", input);
		input.addEventListener("input", function () {
			var words = input.value.toLowerCase().split(/\s+/);
			Array.from(table.tBodies[0].rows).forEach(function (row) {
				var text = row.textContent.toLowerCase();
				row.hidden = !words.every(function (word) { return text.includes(word); });
			});
		});
		table.parentNode.before(label);
	});
	// A link into closed details opens them.
	function reveal() {
		var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
		for (var e = target; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
		if (target) target.scrollIntoView();
	}
	window.addEventListener("hashchange", reveal);
	if (location.hash) reveal();
})();

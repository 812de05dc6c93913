// Drives a report and a page of explain in a headless Chromium and prints TAP: check_browser.js REPORT.html EXPLAIN.html [SHOTS_FOLDER]
// The report is that of reports/testdata. Needs playwright-core, axe-core and html-validate (make browser). SPDX-License-Identifier: Apache-2.0
"use strict";
const fs = require("fs"), path = require("path");
const { chromium } = require("playwright-core");
const [report, explain, shots] = process.argv.slice(2);
let count = 0, failed = 0;

function ok(name, passed, detail) {
	console.log(`${passed ? "ok" : "not ok"} ${++count} - ${name}`);
	if (!passed) {
		failed++;
		if (detail !== undefined) console.log("# " + String(typeof detail === "string" ? detail : JSON.stringify(detail)).replace(/\n/g, "\n# "));
	}
}

// A page with what it logged and asked for.
async function open(browser, file, options) {
	const context = await browser.newContext(options), page = await context.newPage();
	const said = [], asked = [];
	page.on("console", (m) => said.push(m.text()));
	page.on("pageerror", (e) => said.push(String(e)));
	page.on("request", (r) => asked.push(r.url()));
	await page.goto("file://" + path.resolve(file));
	return { context, page, said, asked };
}

const column = (page, table, n) => page.$$eval(`${table} tbody tr:not([hidden])`, (rows, i) => rows.map((r) => r.cells[i].textContent), n);
const rising = (list) => list.every((x, i) => !i || list[i - 1] <= x);

async function looks(browser, file) {
	for (const width of [400, 1280, 3840])
		for (const colorScheme of ["light", "dark"]) {
			const { context, page, said, asked } = await open(browser, file, { viewport: { width, height: 900 }, colorScheme });
			const name = `${path.basename(file)} at ${width} px, ${colorScheme}`;
			ok(`${name}: the console stays empty`, !said.length, said);
			ok(`${name}: nothing but the page is asked for`, asked.length === 1, asked);
			const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			ok(`${name}: no scrolling sideways`, over <= 0, over);
			if (shots) await page.screenshot({ path: `${shots}/${path.basename(file, ".html")}-${width}-${colorScheme}.png`, fullPage: true });
			await context.close();
		}
}

async function sorts(page) {
	const table = "#verdict table.sort", head = page.locator(`${table} thead th`).nth(3);
	await head.locator("button").click();
	let numbers = (await column(page, table, 3)).map(Number);
	ok("a click sorts", rising(numbers), numbers);
	ok("aria-sort says so", (await head.getAttribute("aria-sort")) === "ascending");
	await head.locator("button").press("Enter");
	numbers = (await column(page, table, 3)).map(Number);
	ok("the other way by keyboard", rising(numbers.slice().reverse()) && (await head.getAttribute("aria-sort")) === "descending", numbers);
}

async function filters(page) {
	await page.locator("#panel-1 details.numbers > summary").click();
	const all = (await column(page, "#panel-1 .numbers table", 0)).length;
	await page.locator("#panel-1 .filterbox input").fill("flash ok");
	const left = await column(page, "#panel-1 .numbers table", 0);
	ok("filter: rows with the words alone", left.length > 0 && left.length < all && left.every((x) => x === "flash"), left);
	await page.locator("#panel-1 .filterbox input").fill("");
	ok("filter: empty shows all", (await column(page, "#panel-1 .numbers table", 0)).length === all);
}

const shown = (page, selector) => page.$$eval(selector, (list) => list.filter((e) => e.getClientRects().length).length);

async function switches(page, script) {
	const cell = page.locator("#panel-1 .scroll table td.ok").first();
	const figures = await page.locator("#panel-1 figure.unit-time").count();
	const time = await cell.innerText();
	ok(`${script}: first the time is shown`, (await shown(page, "td span.unit-time")) > 0 && !(await shown(page, "td span.unit-rate")));
	await page.locator("#unit-rate").check();
	ok(`${script}: GFLOP/s in the tables`, !(await shown(page, "td span.unit-time")) && (await cell.innerText()) !== time, time);
	await page.locator("#unit-roof").check();
	ok(`${script}: part of the roof`, /%/.test(await cell.innerText()), await cell.innerText());
	if (figures) {
		ok(`${script}: one chart of it a panel`, (await shown(page, "#panel-1 figure.unit-roof")) === 1 && !(await shown(page, "figure.unit-time")));
		await page.locator("#scale-linear").check();
		ok(`${script}: linear axes`, (await shown(page, "#panel-1 figure.unit-roof.scale-linear")) === 1 && !(await shown(page, "figure.scale-log")));
		const base = page.locator("input[name=base]:not(:checked)").first(), id = await base.getAttribute("id");
		await base.check();
		ok(`${script}: another baseline`, (await shown(page, `#panel-1 figure.${id}`)) === 1 && (await shown(page, "#panel-1 figure[class^=base]")) === 1);
		await page.locator("#scale-log").check();
	} else {
		console.log(`# ${script}: this report has no charts`);
	}
	await page.locator("#unit-time").check();
}

async function links(page) {
	await page.locator("#panel-1 .scroll table td.ok a").first().click();
	const row = page.locator("tr:target");
	ok("a cell leads to its row of numbers", await row.isVisible());
	await row.locator("summary").click();
	ok("the row has samples and the command that measures it again", /attnbench sweep .*--impl/.test(await row.innerText()), await row.innerText());
	await page.locator("table.matrix td.failed a").first().click();
	const failure = page.locator("li:target");
	ok("a failed cell leads to its first failure", await failure.isVisible());
	ok("the failure has the command that reproduces it", /attnbench (check|sweep) .*--impl/.test(await failure.innerText()), await failure.innerText());
}

async function access(browser, file) {
	for (const colorScheme of ["light", "dark"]) {
		const { context, page } = await open(browser, file, { viewport: { width: 1280, height: 900 }, colorScheme });
		await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
		await page.addScriptTag({ content: fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8") });
		const found = (await page.evaluate(() => window.axe.run())).violations.filter((v) => v.impact === "serious" || v.impact === "critical");
		ok(`${path.basename(file)}, ${colorScheme}: axe-core finds nothing serious`, !found.length, found.map((v) => [v.id, v.nodes[0].html.slice(0, 200), v.nodes[0].failureSummary]));
		await context.close();
	}
}

async function valid(file) {
	const { HtmlValidate } = require("html-validate");
	// Style: an explicit label may hold its input, and lines may end in blanks.
	const checker = new HtmlValidate({ extends: ["html-validate:standard"], rules: { "no-trailing-whitespace": "off", "long-title": "off" } });
	const result = await checker.validateString(fs.readFileSync(file, "utf8"), file);
	const errors = result.results.flatMap((r) => r.messages).filter((m) => m.severity > 1);
	ok(`${path.basename(file)} is valid HTML`, !errors.length, errors.slice(0, 8).map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`).join("\n"));
}

(async () => {
	const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
	for (const file of [report, explain]) await looks(browser, file);
	let { context, page, said } = await open(browser, report, { viewport: { width: 1280, height: 900 } });
	await sorts(page);
	await filters(page);
	await switches(page, "with scripts");
	await links(page);
	ok("nothing was logged while it was used", !said.length, said);
	await page.emulateMedia({ media: "print" });
	ok("print: no controls", !(await shown(page, ".switches, nav, .filterbox")));
	await context.close();
	({ context, page } = await open(browser, report, { viewport: { width: 1280, height: 900 }, javaScriptEnabled: false }));
	await switches(page, "without scripts");
	ok("without scripts: no button that does nothing", !(await page.locator("button").count()));
	await page.locator("#panel-1 details.numbers > summary").click();
	ok("without scripts: numbers open", await page.locator("#panel-1 .numbers tbody tr").first().isVisible());
	await context.close();
	for (const file of [report, explain]) {
		await access(browser, file);
		await valid(file);
		const bytes = fs.statSync(file).size;
		ok(`${path.basename(file)} is below 1.5 MB`, bytes < 1.5e6, bytes);
	}
	await browser.close();
	console.log(`1..${count}`);
	process.exit(failed ? 1 : 0);
})().catch((e) => { console.log(`Bail out! ${e}`); process.exit(99); });

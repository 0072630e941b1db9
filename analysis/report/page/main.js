// main.js -- puts the page together.

// The best runs by a few metrics, as tiles that open them.
function makeOverview() {
  const tiles = document.querySelector("#overview .tiles");
  const finished = report.runs.map((_, run) => run).filter(isFinished);
  const breakable = (text) => text.replaceAll("_", "_\u200b");
  const tile = (title, value, detail, run) => tiles.append(run === undefined
    ? element("div", {class: "tile"}, element("span", {class: "tile-title", text: title}), element("strong", {text: value}), element("span", {text: detail}))
    : element("button", {type: "button", class: "tile", onclick: () => openDetails(run)},
      element("span", {class: "tile-title", text: title}), element("strong", {text: value}), element("span", {text: breakable(detail)})));
  const failed = runCount - finished.length;
  tile("Runs", formatNumber(runCount), failed === 0 ? "all finished" : `${formatNumber(failed)} failed`);
  for (const [name, title] of [["output_tokens_per_s", "Highest output throughput"], ["ttft_p99_s", "Lowest TTFT p99"], ["tpot_p99_s", "Lowest TPOT p99"],
    ["slo_attainment", "Highest SLO attainment"], ["cost_usd_per_million_output_tokens", "Cheapest output tokens"]]) {
    const metric = metrics.get(name);
    const candidates = metric ? finished.filter((run) => Number.isFinite(metric.values[run])) : [];
    if (candidates.length === 0) continue;
    const sign = metric.better === "low" ? 1 : -1;
    const best = candidates.reduce((a, b) => sign * metric.values[b] < sign * metric.values[a] ? b : a);
    tile(title, formatValue(metric.values[best], metric.unit) + (name.startsWith("cost_usd") ? " per 1 M" : ""), runLabels[best], best);
  }
}

function makeHeading() {
  document.getElementById("title").textContent = report.title;
  const count = `${formatNumber(runCount)} ${runCount === 1 ? "run" : "runs"}`;
  const models = parameters.find(({key}) => key === "model");
  const differs = parameters.map(({key}) => key);
  const listed = differs.slice(0, 6).join(", ") + (differs.length > 6 ? ` and ${differs.length - 6} more keys` : "");
  document.getElementById("subtitle").textContent = count + (models ? ` of ${models.distinct.length} models` : "") + (differs.length > 0 ? ` that differ in ${listed}` : "");
  const nav = document.querySelector(".page-nav");
  for (const section of document.querySelectorAll("main section"))
    nav.append(element("a", {href: `#${section.id}`, text: section.querySelector("h2").textContent}));
}

applyTheme();
makeHeading();
makeOverview();
makeTradeoff();
makeCost();
makeRoofline();
makeLedger();
makeDistributions();
makeUsage();
makeHeatmap();
makeTable();
initDetails();

// When the page got so far, in ms, for those who measure it.
function mark(stage) {
  document.documentElement.dataset[stage] = String(Math.round(performance.now()));
}

// What the first screen shows is drawn at once, the rest piece by piece, so that the page answers in between.
const kFirstFigures = 2;
for (const figure of figures.slice(0, kFirstFigures)) figure.draw();
requestAnimationFrame(() => setTimeout(() => mark("answers"), 0));
const pieces = [drawTable, ...figures.slice(kFirstFigures).map((figure) => () => figure.draw())];
function drawNext() {
  const piece = pieces.shift();
  if (piece) {
    piece();
    setTimeout(drawNext, 0);
    return;
  }
  mark("complete");
}
setTimeout(drawNext, 0);

initTheme(drawAll);
let wasNarrow = isNarrow();
window.addEventListener("resize", () => {
  if (wasNarrow !== isNarrow()) drawAll();
  wasNarrow = isNarrow();
});

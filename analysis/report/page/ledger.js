// ledger.js -- the gap ledger as one bar per run, page by page, in the order of the table of runs.

const kLedgerPage = 25;
let ledgerStart = 0;
let ledgerInSeconds = false;

// Categories in the order of their families, then of first mention.
function orderedCategories() {
  return report.categories.map((_, category) => category)
    .sort((a, b) => familyOf(report.categories[a][0]) - familyOf(report.categories[b][0]) || a - b);
}

const ledgerTotal = (run) => report.runs[run].ledger.rows.reduce((sum, [, ns]) => sum + ns, 0);

function ledgerNs(run, category) {
  const row = report.runs[run].ledger.rows.find(([index]) => index === category);
  return row ? row[1] : 0;
}

function plotLedger() {
  const listed = tableOrder().filter((run) => ledgerTotal(run) > 0);
  if (listed.length === 0) return {empty: "No run has a ledger: none has finished."};
  if (ledgerStart >= listed.length) ledgerStart = 0;
  const runs = listed.slice(ledgerStart, ledgerStart + kLedgerPage);
  const colors = ledgerColors();
  const unit = unitForAll(runs.map((run) => ledgerTotal(run) / 1e9), "s");
  const value = (run, category) => ledgerInSeconds ? ledgerNs(run, category) / 1e9 / unit.factor
    : 100 * ledgerNs(run, category) / ledgerTotal(run);
  const shownCategories = orderedCategories().filter((category) => runs.some((run) => ledgerNs(run, category) > 0));
  const brief = briefNames(runs);
  const labels = runs.map(brief.label);
  const longest = isNarrow() ? 22 : 48;
  const title = shortened(brief.title, Math.max(10, 4 * runs.length));  // as long as the axis
  return {
    height: 150 + 26 * runs.length + (isNarrow() ? 16 * shownCategories.length : 0),
    label: `Gap ledger of ${runs.length} runs: share of device time by cause. ` +
      runs.slice(0, 5).map((run) => `${runLabels[run]}: ${formatValue(ledgerNs(run, usefulCategory()) / ledgerTotal(run), "fraction")} useful`).join("; "),
    notes: [listed.length > kLedgerPage ? `Runs ${ledgerStart + 1} to ${ledgerStart + runs.length} of ${formatNumber(listed.length)}.` : "",
      title === brief.title ? "" : `Runs are named by ${brief.title}.`,
      brief.common === "" ? "" : `All of these have ${brief.common}.`],
    columns: ["run", ...shownCategories.map((category) => report.categories[category][0])],
    rows: () => runs.map((run) => [runLabels[run], ...shownCategories.map((category) =>
      ledgerInSeconds ? formatValue(ledgerNs(run, category) / 1e9, "s") : formatValue(ledgerNs(run, category) / ledgerTotal(run), "fraction"))]),
    config: {
      type: "bar",
      data: {labels, datasets: shownCategories.map((category) => ({
        label: report.categories[category][0], category, data: runs.map((run) => value(run, category)), backgroundColor: colors[category],
        borderColor: cssColor("--card"), borderWidth: {left: 0, right: 1, top: 0, bottom: 0}, borderSkipped: false, maxBarThickness: 22, categoryPercentage: 0.9,
        pointStyle: "rect",
      }))},
      options: {
        indexAxis: "y", parsing: true, normalized: false,
        interaction: {mode: "nearest", intersect: true},
        scales: {
          x: axis(ledgerInSeconds ? "device time" : "share of device time", ledgerInSeconds ? unit.name : "%",
            {stacked: true, min: 0, ...(ledgerInSeconds ? {} : {max: 100})}),
          y: {stacked: true, title: {display: true, text: title, color: cssColor("--text")},
            ticks: {autoSkip: false, callback: (index) => shortened(labels[index], longest)}},
        },
        onClick: (event, hits) => { if (hits.length > 0) openDetails(runs[hits[0].index]); },
        plugins: {tooltip: {callbacks: {
          title: (items) => runLabels[runs[items[0].dataIndex]],
          label: (item) => {
            const run = runs[item.dataIndex], category = item.dataset.category;
            const ns = ledgerNs(run, category);
            return [`${report.categories[category][0]}: ${formatValue(ns / ledgerTotal(run), "fraction")}, ${formatValue(ns / 1e9, "s")}`,
              report.categories[category][1]].filter((line) => line !== "");
          },
        }}},
      },
    },
  };
}

const usefulCategory = () => report.categories.findIndex(([category]) => category === "useful");

let ledgerFigure = null;
function makeLedger() {
  ledgerFigure = new Figure("ledger", plotLedger);
  const move = (step) => {
    const next = ledgerStart + step * kLedgerPage;
    if (next < 0 || next >= runCount) return;
    ledgerStart = next;
    ledgerFigure.draw();
  };
  ledgerFigure.controls.append(
    selectControl("Show", [["share", "shares"], ["time", "device time"]], "share", (choice) => {
      ledgerInSeconds = choice === "time";
      ledgerFigure.draw();
    }));
  if (runCount > kLedgerPage)
    ledgerFigure.controls.append(buttonControl("Previous runs", () => move(-1)), buttonControl("Next runs", () => move(1)));
}

// run_table.js -- the table of runs: sorted by any column, filtered by words; its order is that of the ledger bars. Here runs
// are picked for comparison.

const kMostCompared = 6;
const kTableStep = 100;
const kShortTitles = {
  output_tokens_per_s: "output", flops_fraction: "MFU", hbm_fraction: "MBU", kv_peak_fraction: "peak KV", attained_fraction: "of limit",
  cost_usd_per_million_output_tokens: "cost of 1 M", slo_attainment: "SLO met",
};
const kKeyMetrics = ["output_tokens_per_s", "requests_per_s", "ttft_p50_s", "ttft_p99_s", "tpot_p50_s", "tpot_p99_s", "slo_attainment",
  "goodput_requests_per_s", "cost_usd_per_million_output_tokens", "price_per_hour", "kv_peak_fraction", "flops_fraction", "hbm_fraction", "preemptions", "attained_fraction"];

let compared = report.compared;  // runs, in the order of their colours
const table = {sort: null, descending: false, words: "", shown: kTableStep, all: false};

// {id, title, isNumber, value(run), text(run)}.
function metricColumn(metric) {
  const unit = unitForAll(metric.values.filter((value) => value !== null), metric.unit);
  return {
    id: metric.name, title: axisTitle(kShortTitles[metric.name] ?? metric.label, unit.name), isNumber: true, value: (run) => metric.values[run],
    text: (run) => metric.values[run] === null ? "–" : formatNumber(metric.values[run] / unit.factor),
  };
}

function textColumn(id, title, values) {
  const ranks = new Map(sortedValues([...new Set(values)]).map((value, rank) => [value, rank]));
  return {id, title, isNumber: false, value: (run) => ranks.get(values[run]), text: (run) => values[run] === "" ? "–" : values[run]};
}

function tableColumns() {
  const numbers = report.runs.map((_, run) => `run ${run + 1}`);
  const list = [textColumn("name", "run", namesDiffer || parameters.length === 0 ? texts.get("name")?.values ?? numbers : numbers)];
  const statuses = texts.get("status")?.values ?? [];
  if (new Set(statuses).size > 1) list.push(textColumn("status", "status", statuses));
  for (const {key, values} of parameters) list.push(textColumn(`key ${key}`, shortKey(key), values));
  if (metrics.has("seed") && new Set(metrics.get("seed").values).size > 1) list.push(metricColumn(metrics.get("seed")));
  const names = table.all ? [...metrics.keys()].filter((name) => name !== "seed") : kKeyMetrics.filter((name) => metrics.has(name));
  for (const name of names) list.push(metricColumn(metrics.get(name)));
  for (const name of ["binding_resource", "reason"])
    if (texts.has(name) && texts.get(name).values.some((value) => value !== "")) list.push(textColumn(name, texts.get(name).label, texts.get(name).values));
  return list;
}

let columns = [];
const searchTexts = report.runs.map((_, run) =>
  [textValue("name", run), textValue("status", run), ...parameters.map(({values}) => values[run])].join(" ").toLowerCase());

const placeOf = new Map(runOrder.map((run, place) => [run, place]));

// Runs that match the words, in the order of the sorted column; runs without a value come last.
function tableOrder() {
  const words = table.words.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const runs = runOrder.filter((run) => words.every((word) =>
    searchTexts[run].includes(word) || (word.length > 4 && report.runs[run].id.startsWith(word))));
  const column = columns.find(({id}) => id === table.sort);
  if (!column) return runs;
  const isMissing = (value) => value === null || value === undefined || Number.isNaN(value);
  return runs.sort((a, b) => {
    const x = column.value(a), y = column.value(b);
    if (isMissing(x) || isMissing(y)) return Number(isMissing(x)) - Number(isMissing(y)) || placeOf.get(a) - placeOf.get(b);
    if (x === y) return placeOf.get(a) - placeOf.get(b);
    return (x < y ? -1 : 1) * (table.descending ? -1 : 1);
  });
}

let tableBody, tableHead, tableStatus, moreButton;

function sortBy(column) {
  if (table.sort === column.id) table.descending = !table.descending;
  else {
    table.sort = column.id;
    table.descending = metrics.get(column.id)?.better === "high";
  }
  drawTable();
  ledgerFigure.draw();
  [...tableHead.querySelectorAll("button")].find((button) => button.dataset.column === column.id)?.focus();
}

function headCell(column) {
  const isSorted = table.sort === column.id;
  const arrow = isSorted ? (table.descending ? " ▼" : " ▲") : "";
  return element("th", {scope: "col", class: column.isNumber ? "number" : "", "aria-sort": isSorted ? (table.descending ? "descending" : "ascending") : "none"},
    element("button", {type: "button", "data-column": column.id, onclick: () => sortBy(column)},
      column.title, element("span", {"aria-hidden": "true", text: arrow})));
}

function rowOf(run) {
  const box = element("input", {type: "checkbox", checked: compared.includes(run), "aria-label": `Compare ${runLabels[run]}`,
    onchange: () => { if (!setCompared(run, box.checked)) box.checked = false; }});
  const row = element("tr", {"data-run": String(run)}, element("td", {}, box));
  columns.forEach((column, index) => {
    if (index === 0) {
      row.append(element("th", {scope: "row"}, element("button", {type: "button", class: "link", onclick: () => openDetails(run),
        text: column.text(run), "aria-label": `Details of ${runLabels[run]}`})));
    } else {
      row.append(element("td", {class: column.isNumber ? "number" : "", text: column.text(run)}));
    }
  });
  return row;
}

function drawTable() {
  columns = tableColumns();
  const order = tableOrder();
  tableHead.replaceChildren(element("tr", {}, element("th", {scope: "col"}, element("span", {class: "hidden-text", text: "compare"})), ...columns.map(headCell)));
  tableBody.replaceChildren(...order.slice(0, table.shown).map(rowOf));
  const shown = Math.min(order.length, table.shown);
  tableStatus.textContent = `${shown.toLocaleString("en-US")} of ${order.length.toLocaleString("en-US")} runs` +
    (order.length < runCount ? ` that match, ${runCount.toLocaleString("en-US")} in all` : "");
  moreButton.hidden = shown === order.length;
}

function makeTable() {
  columns = tableColumns();
  tableHead = element("thead");
  tableBody = element("tbody");
  tableStatus = element("p", {class: "notes", role: "status"});
  moreButton = buttonControl(`Show ${kTableStep} more`, () => {
    table.shown += kTableStep;
    drawTable();
  });
  const search = element("input", {type: "search", placeholder: "words in name, keys, values", oninput: () => {
    table.words = search.value;
    table.shown = kTableStep;
    drawTable();
    ledgerFigure.draw();
  }});
  document.getElementById("runs").append(
    element("div", {class: "controls"}, element("label", {class: "control"}, element("span", {text: "Filter"}), search),
      checkControl("all metrics", false, (all) => { table.all = all; drawTable(); })),
    element("div", {class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table of runs"},
      element("table", {id: "run-table"}, element("caption", {class: "hidden-text", text: "Runs; the buttons in the header sort"}), tableHead, tableBody)),
    tableStatus, moreButton);
}

// False when so many are compared already that no colour is left.
function setCompared(run, wanted) {
  if (wanted && !compared.includes(run)) {
    if (compared.length >= kMostCompared) {
      tableStatus.textContent = `At most ${kMostCompared} runs are compared; untick one first.`;
      return false;
    }
    compared.push(run);
  } else if (!wanted) {
    compared = compared.filter((other) => other !== run);
  }
  const box = tableBody.querySelector(`tr[data-run="${run}"] input`);
  if (box) box.checked = compared.includes(run);
  drawAll();
  return true;
}

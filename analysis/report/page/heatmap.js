// heatmap.js -- one metric over two keys of a sweep. Cells are floating bars of Chart.js: one row of bars per value of the key
// that goes up.

const heat = {x: "", y: "", metric: "", combine: "best"};

const heatKeys = () => parameters.filter(({distinct}) => distinct.length > 1);

// [{column, row, value, run, runs}] of the cells that hold a run; value: of the best of them, or their mean.
function heatCells(across, up, metric) {
  const cells = new Map();
  for (let run = 0; run < runCount; ++run) {
    const value = metric.values[run];
    if (value === null || !isFinished(run)) continue;
    const column = across.distinct.indexOf(across.values[run]);
    const row = up ? up.distinct.indexOf(up.values[run]) : 0;
    const key = row * across.distinct.length + column;
    if (!cells.has(key)) cells.set(key, {column, row, members: []});
    cells.get(key).members.push({run, value});
  }
  const lowIsBetter = metric.better === "low";
  return [...cells.values()].map(({column, row, members}) => {
    const best = members.reduce((a, b) => (lowIsBetter ? b.value < a.value : b.value > a.value) ? b : a);
    const mean = members.reduce((sum, member) => sum + member.value, 0) / members.length;
    return {column, row, run: best.run, runs: members.length, value: heat.combine === "mean" ? mean : best.value};
  });
}

// Values in cells that are all large enough to hold them. Light text on dark cells and the other way round.
const cellText = {
  id: "cellText",
  afterDatasetsDraw(chart, args, options) {
    const context = chart.ctx;
    context.save();
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = "12px system-ui, sans-serif";
    const bars = chart.data.datasets.flatMap((dataset, index) => chart.getDatasetMeta(index).data.map((bar, i) =>
      ({...bar.getProps(["x", "y", "base", "width"], true), cell: dataset.data[i].cell})));
    const fits = (text) => bars.every(({y, base, width, cell}) => Math.abs(base - y) >= 16 && context.measureText(text(cell)).width <= width - 4);
    const text = options.texts.find(fits);
    if (text) {
      for (const {x, y, base, cell} of bars) {
        context.fillStyle = options.share(cell) > 0.55 ? "#101010" : "#ffffff";
        context.fillText(text(cell), x, (y + base) / 2);
      }
    }
    context.restore();
  },
};

function plotHeatmap() {
  const across = parameters.find(({key}) => key === heat.x), up = parameters.find(({key}) => key === heat.y);
  const metric = metrics.get(heat.metric);
  if (!across) return {empty: "The runs differ in no key of their scenarios."};
  const cells = metric ? heatCells(across, up, metric) : [];
  const finite = cells.map(({value}) => value).filter(Number.isFinite);
  if (finite.length === 0) return {empty: "No run has a finite value of this metric."};
  const low = Math.min(...finite), high = Math.max(...finite);
  const isLog = low > 0 && high / low > 100;
  const place = (value) => isLog ? Math.log(value) : value;
  const share = ({value}) => value === Infinity ? 1 : value === -Infinity ? 0 : high === low ? 0.5 : (place(value) - place(low)) / (place(high) - place(low));
  const unit = unitForAll(finite, metric.unit);
  const text = ({value}) => formatNumber(Number((value / unit.factor).toPrecision(3)));
  const compact = new Intl.NumberFormat("en-US", {notation: "compact", maximumSignificantDigits: 2});
  const briefText = ({value}) => Number.isFinite(value) ? compact.format(value / unit.factor) : formatNumber(value);
  const rows = up ? up.distinct : [""];
  const name = (value) => value === "" ? "(not set)" : value;
  heatScale(metric, unit, low, high, isLog);
  return {
    height: Math.max(220, Math.min(640, 110 + 34 * rows.length)),
    label: `Heat map of ${metric.label} over ${across.key}${up ? ` and ${up.key}` : ""}: from ${formatValue(low, metric.unit)} to ${formatValue(high, metric.unit)}.`,
    notes: [cells.some(({runs}) => runs > 1) ? `Where several runs share a cell it shows ${heat.combine === "mean" ? "their mean" : "the best of them"}.` : ""],
    columns: [across.key, ...(up ? [up.key] : []), metric.label, "runs"],
    rows: () => cells.map((cell) => [name(across.distinct[cell.column]), ...(up ? [name(up.distinct[cell.row])] : []), formatValue(cell.value, metric.unit), String(cell.runs)]),
    config: {
      type: "bar",
      plugins: [cellText],
      data: {
        labels: across.distinct.map(name),
        datasets: rows.map((_, row) => {
          const own = cells.filter((cell) => cell.row === row);
          return {
            data: own.map((cell) => ({x: name(across.distinct[cell.column]), y: [row, row + 1], cell})), backgroundColor: own.map((cell) => cividis(share(cell))),
            borderColor: cssColor("--card"), borderWidth: 1, borderSkipped: false, grouped: false, barPercentage: 1, categoryPercentage: 1,
          };
        }),
      },
      options: {
        parsing: true, normalized: false,
        scales: {
          x: {type: "category", title: {display: true, text: across.key, color: cssColor("--text")}, grid: {display: false}, ticks: {maxRotation: 60}},
          y: {type: "linear", display: up !== undefined, min: 0, max: rows.length, title: {display: true, text: up?.key ?? "", color: cssColor("--text")}, grid: {display: false},
            afterBuildTicks: (scale) => { scale.ticks = rows.map((_, row) => ({value: row + 0.5})); },
            ticks: {autoSkip: true, callback: (value) => name(rows[Math.floor(value)]).slice(0, 28)}},
        },
        onClick: (event, hits, chart) => { if (hits.length > 0) openDetails(chart.data.datasets[hits[0].datasetIndex].data[hits[0].index].cell.run); },
        plugins: {
          legend: {display: false},
          cellText: {texts: [text, briefText], share},
          tooltip: {callbacks: {
            title: (items) => [`${across.key}: ${items[0].label}`, ...(up ? [`${up.key}: ${name(rows[items[0].raw.cell.row])}`] : [])],
            label: (item) => [`${metric.label}: ${formatValue(item.raw.cell.value, metric.unit)}`,
              ...(item.raw.cell.runs > 1 ? [`${heat.combine === "mean" ? "mean" : "best"} of ${item.raw.cell.runs} runs`] : [])],
          }},
        },
      },
    },
  };
}

let heatFigure = null;

// The colour scale below the map.
function heatScale(metric, unit, low, high, isLog) {
  const bar = element("span", {class: "scale-bar", "aria-hidden": "true"});
  bar.style.background = `linear-gradient(to right, ${kCividis.join(", ")})`;
  const end = (value) => formatValue(value, metric.unit);
  heatFigure.extra.replaceChildren(element("p", {class: "scale"}, element("span", {text: end(low)}), bar, element("span", {text: end(high)}),
    element("span", {text: `${axisTitle(metric.label, unit.name)}${isLog ? ", log scale" : ""}`})));
}

// The two keys of most values make the largest map.
function makeHeatmap() {
  const keys = heatKeys();
  const byValues = [...keys].sort((a, b) => b.distinct.length - a.distinct.length);
  heat.x = byValues[0]?.key ?? "";
  heat.y = byValues[1]?.key ?? "";
  const choices = metricOptions(["output_tokens_per_s", "slo_attainment", "ttft_p99_s", "tpot_p99_s", "goodput_requests_per_s",
    ...[...metrics.keys()].filter((name) => metrics.get(name).better !== "")]);
  const unique = choices.filter(([name], index) => choices.findIndex(([other]) => other === name) === index);
  heat.metric = unique[0]?.[0] ?? "";
  heatFigure = new Figure("heatmap", plotHeatmap);
  if (keys.length === 0) return;
  const redraw = () => heatFigure.draw();
  const keyOptions = keys.map(({key, distinct}) => [key, `${key} (${distinct.length})`]);
  heatFigure.controls.append(
    selectControl("Metric", unique, heat.metric, (name) => { heat.metric = name; redraw(); }),
    selectControl("Across", keyOptions, heat.x, (key) => { heat.x = key; redraw(); }),
    selectControl("Up", [["", "nothing"], ...keyOptions], heat.y, (key) => { heat.y = key; redraw(); }),
    selectControl("Several runs", [["best", "best"], ["mean", "mean"]], heat.combine, (how) => { heat.combine = how; redraw(); }));
}

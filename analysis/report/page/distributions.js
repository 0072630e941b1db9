// distributions.js -- how latencies of the compared runs are distributed: the share of requests that stays below each.

const kDistributions = [
  ["ttft", "TTFT, arrival to first token", "requests"], ["tpot", "TPOT, mean time per output token after the first", "requests"],
  ["itl", "ITL, gap between tokens", "gaps"], ["e2e", "end-to-end latency", "requests"],
];
let distribution = "ttft";

// The distribution of a run as [{latency in s, share}]; where the file has none, its percentiles.
function distributionOf(run) {
  const values = report.runs[run].latencies[distribution];
  if (values) return {isWhole: true, points: values.map((value, i) => ({x: asNumber(value), y: report.fractions[i]}))};
  const points = [["p50", 0.5], ["p90", 0.9], ["p95", 0.95], ["p99", 0.99]]
    .map(([name, share]) => ({x: metricValue(`${distribution}_${name}_s`, run), y: share})).filter((point) => point.x !== null);
  return {isWhole: false, points};
}

// Thresholds of the compared runs: [{label, x}].
function thresholds() {
  const column = {ttft: 1, tpot: 2, e2e: 3}[distribution];
  const found = new Map();
  if (column === undefined) return [];
  for (const run of compared)
    for (const slo of report.runs[run].slos)
      if (slo[column] !== null && Number.isFinite(asNumber(slo[column])))
        found.set(slo[column], slo[0] === "default" ? "SLO" : `SLO of ${slo[0]}`);
  return [...found].map(([x, label]) => ({x, label}));
}

function plotDistributions() {
  const [, words, ofWhat] = kDistributions.find(([name]) => name === distribution);
  const curves = compared.map((run, index) => ({run, index, ...distributionOf(run)}))
    .map((curve) => ({...curve, points: curve.points.filter(({x}) => Number.isFinite(x))})).filter(({points}) => points.length > 0);
  if (curves.length === 0)
    return {empty: compared.length === 0 ? "No run is compared: tick some in the table of runs." : "The compared runs have no such latencies."};
  const latencies = curves.flatMap(({points}) => points.map(({x}) => x));
  const isLog = latencies.every((x) => x > 0) && wantsLog(latencies);
  const unit = unitForAll(latencies, "s");
  const brief = briefNames(curves.map(({run}) => run));
  const name = (run) => isNarrow() ? brief.label(run) : runLabels[run];
  const datasets = curves.map(({run, index, isWhole, points}) => ({
    label: name(run) + (isWhole ? "" : " (percentiles)"), data: points.map(({x, y}) => ({x: x / unit.factor, y: 100 * y})), borderColor: seriesColor(index),
    backgroundColor: seriesColor(index), borderWidth: 2, borderDash: kDashes[index % kDashes.length], showLine: isWhole,
    pointRadius: isWhole ? 0 : 5, pointHitRadius: 6, pointStyle: isWhole ? "line" : kShapes[index % kShapes.length], run,
  }));
  for (const {x, label} of thresholds())
    datasets.push({label: `${label}: ${formatValue(x, "s")}`, data: [{x: x / unit.factor, y: 0}, {x: x / unit.factor, y: 100}],
      borderColor: cssColor("--text-soft"), borderWidth: 1.5, borderDash: [3, 3], pointRadius: 0, pointHitRadius: 0, pointStyle: "line"});
  const at = (points, share) => points.find(({y}) => y === share)?.x;
  return {
    label: `Distribution of ${words} for ${curves.length} runs. ` + curves.map(({run, points}) =>
      `${runLabels[run]}: median ${formatValue(at(points, 0.5), "s")}, 99th percentile ${formatValue(at(points, 0.99), "s")}`).join("; "),
    notes: [isNarrow() && curves.length > 1 ? `Runs are named by ${brief.title}.` : ""],
    columns: ["share", ...curves.map(({run}) => runLabels[run])],
    rows: () => report.fractions.filter((share) => curves.some(({points}) => points.some(({y}) => y === share))).map((share) => [
      formatValue(share, "fraction"), ...curves.map(({points}) => formatValue(at(points, share), "s"))]),
    config: {
      type: "line", data: {datasets},
      options: {
        interaction: {mode: "nearest", intersect: false},
        scales: {
          x: axis(words, unit.name, {type: isLog ? "logarithmic" : "linear"}),
          y: axis(`share of ${ofWhat} below`, "%", {min: 0, max: 100}),
        },
        plugins: {tooltip: {filter: (item) => item.dataset.run !== undefined, callbacks: {
          title: (items) => items.length > 0 ? runLabels[items[0].dataset.run] : "",
          label: (item) => `${formatNumber(item.raw.y)} % of ${ofWhat} at most ${formatValue(item.raw.x * unit.factor, "s")}`,
        }}},
      },
    },
  };
}

function makeDistributions() {
  const figure = new Figure("latency", plotDistributions);
  figure.controls.append(selectControl("Latency", kDistributions.map(([name, words]) => [name, words.split(",")[0]]), distribution, (name) => {
    distribution = name;
    figure.draw();
  }));
}

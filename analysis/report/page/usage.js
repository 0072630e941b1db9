// usage.js -- KV cache and resources of one run over time.

const kResourceWords = {compute: "arithmetic", hbm: "HBM bandwidth", kv_blocks: "KV blocks"};
const runsWithUse = report.runs.map((entry, run) => entry.use.length > 0 ? run : -1).filter((run) => run >= 0);
let usageRun = null;

const resourceWords = (name) => kResourceWords[name] ?? name.replaceAll("_", " ");

function plotUsage() {
  if (runsWithUse.length === 0)
    return {empty: "There are no time series: these runs recorded none, and none could be simulated again."};
  const series = report.runs[usageRun].use;
  const end = metricValue("makespan_s", usageRun);
  const unit = unitForAll([end], "s");
  const order = ["kv_blocks", "compute", "hbm"];
  const rank = ({resource}) => order.includes(resource) ? order.indexOf(resource) : order.length;
  const ordered = [...series].sort((a, b) => rank(a) - rank(b));
  const mean = (used) => used.reduce((sum, value) => sum + value, 0) / used.length;
  return {
    label: `Use of resources over time in ${runLabels[usageRun]}. ` + ordered.map(({resource, used}) =>
      `${resourceWords(resource)}: mean ${formatValue(mean(used), "fraction")}, at most ${formatValue(Math.max(...used), "fraction")}`).join("; "),
    notes: [runsWithUse.length < runCount ? `${formatNumber(runsWithUse.length)} of ${formatNumber(runCount)} runs have time series in this report.` : ""],
    columns: [`time [${unit.name}]`, ...ordered.map(({resource}) => resourceWords(resource))],
    rows: () => ordered[0].used.map((_, bin) => [formatNumber(bin * ordered[0].bin_width_s / unit.factor),
      ...ordered.map(({used}) => formatValue(used[bin], "fraction"))]),
    config: {
      type: "line",
      data: {datasets: ordered.map(({resource, bin_width_s, used}, index) => ({
        label: resourceWords(resource), borderColor: seriesColor(index), backgroundColor: seriesColor(index), borderWidth: index === 0 ? 3 : 1.5,
        borderDash: index < 3 ? [] : kDashes[index % kDashes.length], order: index, pointRadius: 0, pointHitRadius: 4, pointStyle: "line", stepped: "before",
        data: [...used.map((value, bin) => ({x: bin * bin_width_s / unit.factor, y: 100 * value})),
          {x: end / unit.factor, y: 100 * used[used.length - 1]}],
      }))},
      options: {
        interaction: {mode: "index", intersect: false},
        scales: {
          x: axis("simulated time", unit.name, {min: 0, max: end / unit.factor, ticks: {includeBounds: false}}),
          y: axis("in use", "%", {min: 0, suggestedMax: 100}),
        },
        plugins: {tooltip: {callbacks: {
          title: (items) => `from ${formatNumber(items[0].raw.x)} ${unit.name}`,
          label: (item) => `${item.dataset.label}: ${formatNumber(item.raw.y)} %`,
        }}},
      },
    },
  };
}

let usageFigure = null;
let usageSelect = null;
function makeUsage() {
  // The run with most to do is the most telling.
  const throughput = (run) => metricValue("output_tokens_per_s", run) ?? 0;
  usageRun = runsWithUse.reduce((best, run) => best === null || throughput(run) > throughput(best) ? run : best, null);
  usageFigure = new Figure("usage", plotUsage);
  if (runsWithUse.length < 2) return;
  const control = selectControl("Run", runsWithUse.map((run) => [String(run), runLabels[run]]), String(usageRun), (run) => {
    usageRun = Number(run);
    usageFigure.draw();
  });
  control.classList.add("wide");
  usageSelect = control.querySelector("select");
  usageFigure.controls.append(control);
}

// Shows this run; false when it has no time series.
function showUsage(run) {
  if (!runsWithUse.includes(run)) return false;
  usageRun = run;
  if (usageSelect !== null) usageSelect.value = String(run);
  usageFigure.draw();
  return true;
}

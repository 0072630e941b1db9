// pareto.js -- runs as points in the plane of two metrics, with the front of those that no other beats: throughput against
// latency, and cost against SLO attainment.

const metricOptions = (names) => names.filter((name) => metrics.has(name)).map((name) => [name, metrics.get(name).label]);

// Groups of runs by the values of a key, at most as many as there are colours: [{label, has(run)}].
function groupsOf(parameter) {
  const kMost = kSeries.light.length;
  if (!parameter) return [{label: "runs", has: () => true}];
  const name = (value) => value === "" ? "(not set)" : value;
  if (parameter.distinct.length <= kMost)
    return parameter.distinct.map((value) => ({label: `${shortKey(parameter.key)} ${name(value)}`, has: (run) => parameter.values[run] === value}));
  const size = Math.ceil(parameter.distinct.length / 6);
  const groups = [];
  for (let start = 0; start < parameter.distinct.length; start += size) {
    const values = parameter.distinct.slice(start, start + size);
    const members = new Set(values);
    const label = values.length === 1 ? name(values[0]) : `${name(values[0])} to ${name(values[values.length - 1])}`;
    groups.push({label: `${shortKey(parameter.key)} ${label}`, has: (run) => members.has(parameter.values[run])});
  }
  return groups;
}

// The key that splits runs best into a few groups.
function defaultGrouping() {
  const few = parameters.filter(({distinct}) => distinct.length <= kSeries.light.length);
  const named = few.find(({key}) => /^hardware\.gpu$|^model$|^system\.name$/.test(key));
  return (named ?? few[0] ?? parameters[0])?.key ?? "";
}

class ScatterFigure {
  // xs, ys: names of metrics to choose from, the default first; `missing`: why there is nothing to show.
  constructor(section, title, xs, ys, missing) {
    this.title = title;
    this.missing = missing;
    this.xOptions = metricOptions(xs);
    this.yOptions = metricOptions(ys);
    this.x = this.xOptions[0]?.[0];
    this.y = this.yOptions[0]?.[0];
    this.group = defaultGrouping();
    this.log = {x: null, y: null};  // null: by the values
    this.figure = new Figure(section, () => this.plot());
    this.addControls();
  }

  addControls() {
    if (this.xOptions.length === 0 || this.yOptions.length === 0) return;
    const redraw = () => this.figure.draw();
    const controls = [
      selectControl("Up", this.yOptions, this.y, (name) => { this.y = name; this.log.y = null; redraw(); }),
      selectControl("Across", this.xOptions, this.x, (name) => { this.x = name; this.log.x = null; redraw(); }),
    ];
    if (parameters.length > 0)
      controls.push(selectControl("Colour", [...parameters.map(({key}) => [key, shortKey(key)]), ["", "none"]], this.group,
        (key) => { this.group = key; redraw(); }));
    controls.push(selectControl("Scales", [["", "automatic"], ["linear", "linear"], ["log", "logarithmic"]], "", (choice) => {
      this.log.x = this.log.y = choice === "" ? null : choice === "log";
      redraw();
    }));
    this.figure.controls.append(...controls);
  }

  axisFor(metric, direction, values) {
    const unit = unitForAll(values, metric.unit);
    const isLog = (this.log[direction] ?? wantsLog(values)) && values.every((value) => value > 0);
    const better = metric.better === "" ? "" : metric.better === "high" ? ", more is better" : ", less is better";
    const extra = {type: isLog ? "logarithmic" : "linear"};
    if (!isLog && metric.unit === "fraction" && values.every((value) => value <= 1)) Object.assign(extra, {suggestedMin: 0, max: 100});
    return {unit, options: axis(metric.label + better, unit.name, extra)};
  }

  plot() {
    const x = metrics.get(this.x), y = metrics.get(this.y);
    const points = pointsOf(x, y);
    if (points.length === 0) return {empty: this.missing};
    const xAxis = this.axisFor(x, "x", points.map((point) => point.x));
    const yAxis = this.axisFor(y, "y", points.map((point) => point.y));
    const shown = (point) => ({x: point.x / xAxis.unit.factor, y: point.y / yAxis.unit.factor, run: point.run});
    const front = paretoFront(points, x.better === "high", y.better !== "low");
    const isOnFront = new Set(front.map((point) => point.run));
    const groups = groupsOf(parameters.find(({key}) => key === this.group)).map((group, index) => ({...group, index}));
    const datasets = groups.map((group) => this.pointSet(group, points.filter((point) => group.has(point.run)).map(shown), isOnFront));
    datasets.push({
      type: "line", label: `best (${front.length} of ${formatNumber(points.length)})`, data: front.map(shown), borderColor: cssColor("--text-soft"),
      borderDash: [6, 4], borderWidth: 1.5, pointRadius: 0, pointHitRadius: 0, pointStyle: "line", order: 10,
    });
    const isShown = new Set(points.map((point) => point.run));
    const leftOut = report.runs.map((_, run) => run).filter((run) => !isShown.has(run));
    const without = (metric) => leftOutNote(leftOut.filter((run) => hasCompleted(run) && !Number.isFinite(metric.values[run])).length,
      `no finite ${metric.label}`);
    return {
      label: `${this.title}: ${y.label} over ${x.label} of ${points.length} runs; ${front.length} are on the Pareto front.`,
      notes: [leftOutNote(leftOut.filter((run) => !hasCompleted(run)).length, "no request completed"), without(x), without(y)],
      columns: ["run", axisTitle(x.label, ""), axisTitle(y.label, ""), "best"],
      rows: () => points.map((point) => [runLabels[point.run], formatValue(point.x, x.unit), formatValue(point.y, y.unit),
        isOnFront.has(point.run) ? "yes" : ""]),
      config: {
        type: "scatter", data: {datasets},
        options: {
          scales: {x: xAxis.options, y: yAxis.options},
          onClick: (event, hits, chart) => openHit(chart, hits),
          onHover: (event, hits) => { event.native.target.style.cursor = hits.length > 0 ? "pointer" : "default"; },
          plugins: {tooltip: {filter: (item) => item.raw.run !== undefined && item.dataset.type !== "line", callbacks: {
            title: (items) => items.length > 0 ? runLabels[items[0].raw.run] : "",
            label: (item) => [
              `${y.label}: ${formatValue(y.values[item.raw.run], y.unit)}`,
              `${x.label}: ${formatValue(x.values[item.raw.run], x.unit)}`],
            footer: () => "click for its scenario",
          }}},
        },
      },
    };
  }

  pointSet(group, data, isOnFront) {
    const color = seriesColor(group.index);
    const isCompared = data.map((point) => compared.includes(point.run));
    return {
      label: group.label, data, backgroundColor: color + "b0", borderColor: data.map((point, i) =>
        isCompared[i] ? cssColor("--text") : color),
      borderWidth: data.map((point, i) => isCompared[i] ? 2.5 : isOnFront.has(point.run) ? 2 : 0.5),
      pointStyle: kShapes[group.index % kShapes.length],
      pointRadius: data.map((point, i) => (isCompared[i] || isOnFront.has(point.run) ? 6.5 : data.length > 300 ? 3.5 : 4.5)),
      pointHoverRadius: 8, pointHitRadius: 3,
    };
  }
}

// A click on several points that lie on each other opens the nearest.
function openHit(chart, hits) {
  for (const hit of hits) {
    const point = chart.data.datasets[hit.datasetIndex].data[hit.index];
    if (point.run !== undefined) return openDetails(point.run);
  }
}

const kLatencies = ["ttft", "tpot", "itl", "e2e"].flatMap((latency) => ["p99", "p50", "mean", "p90", "p95"].map((kind) => `${latency}_${kind}_s`));

function makeTradeoff() {
  new ScatterFigure("tradeoff", "Throughput against latency", [...kLatencies, "output_tokens_per_s_per_user", "makespan_s"],
    ["output_tokens_per_s", "output_tokens_per_s_per_gpu", "requests_per_s", "goodput_requests_per_s", "total_tokens_per_s", "attained_fraction"],
    "No run has both a throughput and a latency: none has completed a request.");
}

function makeCost() {
  const prices = [...metrics.keys()].filter((name) => /price|cost|usd/.test(name)).sort((a, b) =>
    Number(b.startsWith("cost")) - Number(a.startsWith("cost")));
  const scatter = new ScatterFigure("cost", "Cost against service level", [...prices, "gpu_s_per_1000_output_tokens"],
    ["slo_attainment", "goodput_requests_per_s", "output_tokens_per_s"], "No run has completed a request.");
  if (!report.runs.some((_, run) => hasCompleted(run))) return;
  const missing = [prices.length === 0 ? "These runs have no prices, so cost is counted in GPU time." : "",
    metrics.has("slo_attainment") ? "" : "The scenarios set no SLO, so throughput stands in its place."].filter((note) => note !== "");
  if (missing.length > 0) scatter.figure.root.append(element("p", {class: "notes", text: missing.join(" ")}));
}

// data.js -- the report's data as columns and runs. The other side is analysis/report/report_json.cpp.

const report = JSON.parse(document.getElementById("report-data").textContent);
const runCount = report.runs.length;

// A number that JSON lacks comes as a word.
function asNumber(value) {
  if (typeof value === "number") return value;
  return value === "Infinity" || value === "-Infinity" || value === "NaN" ? Number(value) : null;
}

for (const run of report.runs) run.operating_point = run.operating_point?.map(asNumber) ?? null;

// Columns of numbers, by name: {name, label, unit, better, values}; null: nothing to measure.
const metrics = new Map();
// The others: {name, label, values}.
const texts = new Map();

function addMetric(description, values) {
  if (values.some((value) => value !== null)) metrics.set(description.name, {...description, values});
}

for (const [name, values] of Object.entries(report.facts)) {
  const isText = values.some((value) => typeof value === "string" && asNumber(value) === null);
  if (isText || name === "name") texts.set(name, {...describeColumn(name), values: values.map((value) => value === null ? "" : String(value))});
  else addMetric(describeColumn(name), values.map(asNumber));
}

function metricValue(name, run) {
  return metrics.has(name) ? metrics.get(name).values[run] : null;
}
function textValue(name, run) {
  return texts.has(name) ? texts.get(name).values[run] : "";
}

// Metrics that follow from others and the number of devices. A part that is missing makes the whole missing.
function addDerived(name, label, unit, better, compute) {
  const values = report.runs.map((run, index) => {
    const value = compute(run, (metric) => metricValue(metric, index) ?? NaN);
    return Number.isNaN(value) ? null : value;
  });
  addMetric({name, label, unit, better}, values);
}

addDerived("output_tokens_per_s_per_gpu", "output throughput per GPU", "tokens/s", "high",
  (run, of) => run.ledger.devices > 0 ? of("output_tokens_per_s") / run.ledger.devices : NaN);
addDerived("output_tokens_per_s_per_user", "output speed per user (1 / mean TPOT)", "tokens/s", "high",
  (run, of) => of("tpot_mean_s") > 0 ? 1 / of("tpot_mean_s") : NaN);
addDerived("gpu_s_per_1000_output_tokens", "GPU time per 1,000 output tokens", "GPU·s", "low",
  (run, of) => of("output_tokens") > 0 && run.ledger.devices > 0
    ? run.ledger.devices * of("makespan_s") / of("output_tokens") * 1000 : NaN);
addDerived("flops_fraction", "arithmetic utilisation (MFU)", "fraction", "high",
  ({operating_point: point}) => point ? point[0] / point[2] : NaN);
addDerived("hbm_fraction", "HBM bandwidth utilisation (MBU)", "fraction", "high",
  ({operating_point: point}) => point ? point[1] / point[3] : NaN);
addDerived("kv_peak_fraction", "peak use of the KV cache", "fraction", "",
  (run, of) => of("kv_blocks") > 0 ? of("kv_peak_blocks") / of("kv_blocks") : NaN);

const isFinished = (run) => textValue("status", run) === "finished";
const hasCompleted = (run) => isFinished(run) && metricValue("completed", run) > 0;

// The keys in which runs differ: {key, values: [by run], distinct: [sorted]}.
const parameters = report.parameters.map(({key, values}) => ({key, values, distinct: sortedValues([...new Set(values)])}));

// "serving.max_num_seqs" as "max_num_seqs", unless another key ends alike.
function shortKey(key) {
  const last = key.split(".").slice(-1)[0];
  const alike = parameters.filter((parameter) => parameter.key.split(".").slice(-1)[0] === last);
  return alike.length > 1 ? key.split(".").slice(-2).join(".") : last;
}

// Runs in the order of their keys; those of sweeps stand in the order of the sweep already.
const runOrder = report.runs.map((_, run) => run);
if (report.runs.some(({changes}) => changes.length === 0)) {
  const ranks = parameters.map(({values, distinct}) => values.map((value) => distinct.indexOf(value)));
  runOrder.sort((a, b) => ranks.reduce((order, rank) => order || rank[a] - rank[b], 0) || a - b);
}

// What tells a run from the others: its name where no other has it, else its parameters too, else its seed or number.
const names = report.runs.map((_, run) => textValue("name", run));
const runsOfName = new Map();
for (const name of names) runsOfName.set(name, (runsOfName.get(name) ?? 0) + 1);
const namesDiffer = runsOfName.size > 1;
const hasOwnName = (run) => namesDiffer && runsOfName.get(names[run]) === 1;
function runLabel(run) {
  const parts = [];
  const name = names[run];
  if (hasOwnName(run)) return name;
  if (namesDiffer || parameters.length === 0) parts.push(name);
  for (const {key, values} of parameters.slice(0, 4)) {
    const isName = /^[a-z]/i.test(values[run]) && !/^(true|false)$/.test(values[run]);
    if (values[run] !== "") parts.push(isName ? values[run] : `${shortKey(key)} ${values[run]}`);
  }
  return parts.join(", ") || `run ${run + 1}`;
}
const runLabels = report.runs.map((_, run) => runLabel(run));
{
  // Replications and repeats have the same parameters: their seed, and then their place, tells them apart.
  const seen = new Map();
  for (const label of runLabels) seen.set(label, (seen.get(label) ?? 0) + 1);
  const met = new Map();
  runLabels.forEach((label, run) => {
    if (seen.get(label) === 1) return;
    const withSeed = `${label}, seed ${metricValue("seed", run) ?? textValue("seed", run)}`;
    const before = met.get(withSeed) ?? 0;
    met.set(withSeed, before + 1);
    runLabels[run] = before === 0 ? withSeed : `${withSeed} (${before + 1})`;
  });
}

// The same where room is scarce: of several runs the values that tell them apart, in the order that `title` names; `common`
// is what they have alike.
function briefNames(runs) {
  const differs = ({values}) => runs.some((run) => values[run] !== values[runs[0]]);
  const keys = parameters.filter(differs).slice(0, 5);
  const alike = parameters.filter((parameter) => !differs(parameter)).slice(0, 5);
  if (keys.length === 0 || runs.every(hasOwnName)) return {title: "run", common: "", label: (run) => runLabels[run]};
  const shown = (values, run) => values[run] === "" ? "–" : values[run];
  return {
    title: [...(namesDiffer ? ["run"] : []), ...keys.map(({key}) => shortKey(key))].join(" · "),
    common: alike.map(({key, values}) => `${shortKey(key)} ${shown(values, runs[0])}`).join(", "),
    label: (run) => [...(namesDiffer ? [textValue("name", run)] : []), ...keys.map(({values}) => shown(values, run))].join(" · "),
  };
}
const isNarrow = () => window.innerWidth < 700;
const shortened = (text, length) => text.length > length ? `${text.slice(0, length - 1)}…` : text;

// Of points {x, y, run}: those that no other beats in both; `high`: larger is better.
function paretoFront(points, xHigh, yHigh) {
  const better = (a, b, high) => high ? a > b : a < b;
  const ordered = [...points].sort((a, b) =>
    a.x !== b.x ? (better(a.x, b.x, xHigh) ? -1 : 1) : a.y !== b.y ? (better(a.y, b.y, yHigh) ? -1 : 1) : a.run - b.run);
  const front = [];
  for (const point of ordered)
    if (front.length === 0 || better(point.y, front[front.length - 1].y, yHigh)) front.push(point);
  return front;
}

// Runs with finite values of both metrics, as points.
function pointsOf(xMetric, yMetric) {
  const points = [];
  if (!xMetric || !yMetric) return points;
  for (let run = 0; run < runCount; ++run) {
    const x = xMetric.values[run], y = yMetric.values[run];
    if (Number.isFinite(x) && Number.isFinite(y) && hasCompleted(run)) points.push({x, y, run});
  }
  return points;
}

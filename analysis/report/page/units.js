// units.js -- numbers with units, and what the names of the database's columns mean.

const kTimeUnits = [["ns", 1e-9], ["µs", 1e-6], ["ms", 1e-3], ["s", 1]];
const kPrefixes = [["", 1], ["k", 1e3], ["M", 1e6], ["G", 1e9], ["T", 1e12], ["P", 1e15], ["E", 1e18]];
const kPrefixed = ["FLOP/s", "B/s", "B", "FLOP"];  // units that take SI prefixes

// The unit to show values of `unit` in, for a number of this size: {name, factor}; value = shown * factor.
function unitFor(size, unit) {
  if (unit === "s") {
    let best = kTimeUnits[0];
    for (const candidate of kTimeUnits) if (size >= candidate[1]) best = candidate;
    return {name: best[0], factor: best[1]};
  }
  if (unit === "fraction") return {name: "%", factor: 0.01};
  if (kPrefixed.includes(unit)) {
    let best = kPrefixes[0];
    for (const candidate of kPrefixes) if (size >= candidate[1]) best = candidate;
    return {name: best[0] + unit, factor: best[1]};
  }
  return {name: unit, factor: 1};
}

// For an axis: fits the larger of the values, so that ticks are short.
function unitForAll(values, unit) {
  const sizes = values.filter(Number.isFinite).map(Math.abs).filter((size) => size > 0).sort((a, b) => a - b);
  return unitFor(sizes.length > 0 ? sizes[Math.floor((sizes.length - 1) * 0.75)] : 1, unit);
}

// Four significant digits, thousands apart.
function formatNumber(value) {
  if (value === Infinity) return "∞";
  if (value === -Infinity) return "−∞";
  if (typeof value !== "number" || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-3)) return value.toExponential(2);
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return value.toLocaleString("en-US", {maximumSignificantDigits: 4});
}

function formatValue(value, unit) {
  if (typeof value === "string") return value === "" ? "–" : value;
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return formatNumber(value);
  const shown = unitFor(Math.abs(value), unit);
  const text = formatNumber(value / shown.factor);
  return shown.name === "" ? text : `${text}\u00a0${shown.name}`;
}

function axisTitle(label, unitName) {
  return unitName === "" ? label : `${label} [${unitName}]`;
}

const kWords = {
  ttft: "TTFT", tpot: "TPOT", itl: "ITL", e2e: "end-to-end latency", slo: "SLO", kv: "KV", ttft_queued: "TTFT since queued",
};
const kLabels = {
  ttft_queued: "TTFT since queued", requests_per_s: "requests", output_tokens_per_s: "output throughput",
  total_tokens_per_s: "total throughput", goodput_requests_per_s: "goodput", slo_attainment: "SLO attainment",
  attained_fraction: "attained fraction of the limit", prefix_hit_rate: "prefix cache hit rate", makespan_s: "makespan",
  kv_blocks: "KV blocks per replica", kv_peak_blocks: "peak KV blocks", measured_requests: "measured requests",
  price_per_hour: "price", cost_usd_per_million_output_tokens: "cost of 1 M output tokens", binding_resource: "binding resource", code_version: "code version",
};
const kUnits = {
  requests_per_s: "requests/s", output_tokens_per_s: "tokens/s", total_tokens_per_s: "tokens/s",
  goodput_requests_per_s: "requests/s", slo_attainment: "fraction", attained_fraction: "fraction",
  prefix_hit_rate: "fraction", price_per_hour: "USD/h", cost_usd_per_million_output_tokens: "USD", prompt_tokens: "tokens", output_tokens: "tokens",
  cached_tokens: "tokens",
};

// {name, label, unit, better: "high" | "low" | ""} of a column, from its name: the database's names carry their units.
function describeColumn(name) {
  const unit = kUnits[name] ?? (name.endsWith("_bytes") ? "B" : name.endsWith("_per_hour") ? "USD/h" :
    name.endsWith("_per_s") ? "1/s" : name.endsWith("_s") ? "s" : /(_fraction|_rate|_attainment)$/.test(name) ? "fraction" : "");
  let label = kLabels[name];
  if (label === undefined) {
    const bare = name.replace(/(_per_s|_bytes|_per_hour|_s)$/, "");
    const latency = bare.match(/^(.*)_(mean|p\d+)$/);
    label = latency ? `${kWords[latency[1]] ?? latency[1]} ${latency[2]}` :
      bare.split("_").map((word) => kWords[word] ?? word).join(" ");
  }
  return {name, label, unit, better: betterOf(name)};
}

function betterOf(name) {
  if (/(tokens|requests|goodput).*_per_s|attainment|attained|hit_rate|^completed$/.test(name)) return "high";
  if (/_s$|_s_|preemptions|rejected|cancelled|price|cost|usd/.test(name)) return "low";
  return "";
}

// Order of the values of a key: as numbers where all read as numbers of one unit, else as words.
function sortedValues(values) {
  const read = values.map((value) => ({value, match: /^(-?[\d.]+(?:e[+-]?\d+)?)\s*(.*)$/i.exec(value)}));
  const numeric = read.every((entry) => entry.match !== null && entry.match[2] === read[0].match[2]);
  if (numeric) return read.sort((a, b) => Number(a.match[1]) - Number(b.match[1])).map((entry) => entry.value);
  return [...values].sort((a, b) => a.localeCompare(b, "en", {numeric: true}));
}

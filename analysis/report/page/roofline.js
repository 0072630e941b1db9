// roofline.js -- the operating point of every run under the roofs of their GPUs (Williams, Waterman, Patterson, CACM 52(4), 2009).

// [{peak, bandwidth, runs: [{run, flops, intensity}]}], by the data sheets that occur.
function roofs() {
  const found = new Map();
  report.runs.forEach((entry, run) => {
    if (entry.operating_point === null) return;
    const [flops, bytes, peak, bandwidth] = entry.operating_point;
    const key = `${peak} ${bandwidth}`;
    if (!found.has(key)) found.set(key, {peak, bandwidth, runs: []});
    if (flops > 0 && bytes > 0) found.get(key).runs.push({run, flops, intensity: flops / bytes});
  });
  return [...found.values()].sort((a, b) => a.peak - b.peak || a.bandwidth - b.bandwidth);
}

// What tells the roofs' hardware: the GPU's name where the runs differ in it.
function roofName(roof) {
  const gpu = parameters.find(({key}) => key === "hardware.gpu");
  const names = gpu ? [...new Set(roof.runs.map(({run}) => gpu.values[run]))].filter((name) => name !== "") : [];
  const sheet = `${formatValue(roof.peak, "FLOP/s")}, ${formatValue(roof.bandwidth, "B/s")}`;
  return names.length === 1 ? `${names[0]} (${sheet})` : sheet;
}

// A roof goes and comes with its runs: it is the dataset before theirs.
function toggleRoof(event, item, {chart}) {
  const isShown = chart.isDatasetVisible(item.datasetIndex);
  for (const index of [item.datasetIndex - 1, item.datasetIndex]) chart.setDatasetVisibility(index, !isShown);
  chart.update();
}

function plotRoofline() {
  const all = roofs();
  const points = all.flatMap((roof) => roof.runs);
  if (points.length === 0)
    return {empty: !report.runs.some((_, run) => hasCompleted(run)) ? "No run has completed a request." : "The file does not say how much arithmetic and memory traffic these runs did."};
  const ridges = all.map((roof) => roof.peak / roof.bandwidth);
  const low = Math.min(...points.map((point) => point.intensity), ...ridges) / 3;
  const high = Math.max(...points.map((point) => point.intensity), ...ridges) * 3;
  const unit = unitForAll(all.map((roof) => roof.peak), "FLOP/s");
  const datasets = all.flatMap((roof, index) => [
    {
      type: "line", label: "", borderColor: seriesColor(index), borderWidth: 2, pointRadius: 0, pointHitRadius: 0,
      borderDash: kDashes[index % kDashes.length], pointStyle: "line", order: 10,
      data: [low, roof.peak / roof.bandwidth, high].map((x) => ({x, y: Math.min(roof.peak, x * roof.bandwidth) / unit.factor})),
    },
    {
      label: `${roofName(roof)}: ${formatNumber(roof.runs.length)} ${roof.runs.length === 1 ? "run" : "runs"}`, pointStyle: kShapes[index % kShapes.length], backgroundColor: seriesColor(index) + "b0",
      borderColor: roof.runs.map(({run}) => compared.includes(run) ? cssColor("--text") : seriesColor(index)),
      borderWidth: roof.runs.map(({run}) => compared.includes(run) ? 2.5 : 0.5),
      pointRadius: roof.runs.map(({run}) => compared.includes(run) ? 6.5 : 4.5), pointHoverRadius: 8, pointHitRadius: 3,
      data: roof.runs.map(({run, intensity, flops}) => ({x: intensity, y: flops / unit.factor, run})),
    },
  ]);
  return {
    label: `Roofline: arithmetic per GPU over arithmetic intensity of ${points.length} runs under ${all.length} roofs.`,
    notes: [leftOutNote(runCount - points.length, "they did no work or the file does not say how much")],
    columns: ["run", "arithmetic intensity [FLOP/B]", "arithmetic per GPU", "share of its roof"],
    rows: () => all.flatMap((roof) => roof.runs.map(({run, intensity, flops}) => [runLabels[run], formatNumber(intensity),
      formatValue(flops, "FLOP/s"), formatValue(flops / Math.min(roof.peak, intensity * roof.bandwidth), "fraction")])),
    config: {
      type: "scatter", data: {datasets},
      options: {
        scales: {
          x: axis("arithmetic intensity", "FLOP/B", {type: "logarithmic", min: low, max: high}),
          y: axis("arithmetic per GPU", unit.name, {type: "logarithmic"}),
        },
        onClick: (event, hits, chart) => openHit(chart, hits),
        plugins: {legend: {labels: {...kLegendLabels, filter: ({text}) => text !== ""}, onClick: toggleRoof}, tooltip: {filter: (item) => item.raw.run !== undefined, callbacks: {
          title: (items) => items.length > 0 ? runLabels[items[0].raw.run] : "",
          label: (item) => {
            const [flops, bytes, peak, bandwidth] = report.runs[item.raw.run].operating_point;
            return [`${formatValue(flops, "FLOP/s")}, ${formatValue(flops / peak, "fraction")} of the peak`,
              `${formatValue(bytes, "B/s")} of HBM, ${formatValue(bytes / bandwidth, "fraction")} of its bandwidth`,
              `${formatNumber(flops / bytes)} FLOP/B`];
          },
          footer: () => "click for its scenario",
        }}},
      },
    },
  };
}

function makeRoofline() {
  new Figure("roofline", plotRoofline);
}

// run_details.js -- everything about one run: what it was, what came out, and the scenario behind it.

function definitions(pairs) {
  const list = element("dl", {class: "facts"});
  for (const [term, value] of pairs) list.append(element("div", {}, element("dt", {text: term}), element("dd", {text: value})));
  return list;
}

function simpleTable(head, rows) {
  return element("div", {class: "table-scroll", tabindex: "0", role: "region", "aria-label": head.join(", ")}, element("table", {},
    element("thead", {}, element("tr", {}, ...head.map((text) => element("th", {scope: "col", text})))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((text) => element("td", {text})))))));
}

function folded(title, open, ...children) {
  return element("details", {open}, element("summary", {text: title}), ...children);
}

const kLatencyRows = [["ttft", "TTFT"], ["tpot", "TPOT"], ["itl", "ITL"], ["e2e", "end-to-end"], ["queueing", "queueing"]];

function latencyTable(run) {
  const kinds = ["mean", "p50", "p90", "p95", "p99"];
  const rows = kLatencyRows.filter(([name]) => metricValue(`${name}_p50_s`, run) !== null).map(([name, words]) =>
    [words, ...kinds.map((kind) => formatValue(metricValue(`${name}_${kind}_s`, run), "s"))]);
  return rows.length > 0 ? simpleTable(["latency", ...kinds], rows) : null;
}

function otherMetrics(run) {
  const isLatency = (name) => kLatencyRows.some(([latency]) => name.startsWith(`${latency}_`)) || name.startsWith("ttft_");
  return [...metrics.values()].filter(({name, values}) => !isLatency(name) && values[run] !== null && name !== "repeat")
    .map(({label, unit, values}) => [label, formatValue(values[run], unit)]);
}

// Limits with a bound on what the run did first; the fraction of it that was attained.
function limitsTable(run) {
  const makespan = metricValue("makespan_s", run);
  return simpleTable(["limit", "of", "value", "bound by", "attained", "source"], report.runs[run].limits.map(([index, value, resource]) => {
    const [name, metric, unit, source] = report.limit_kinds[index];
    const attained = metric === "makespan_s" && makespan > 0 && name !== "binding" ? formatValue(asNumber(value) / makespan, "fraction") : "";
    return [name, metric, formatValue(asNumber(value), unit), resource, attained, source];
  }));
}

function ledgerTable(run) {
  const total = ledgerTotal(run);
  return simpleTable(["cause", "share", "device time", "meaning"], report.runs[run].ledger.rows.filter(([, ns]) => ns > 0).map(([index, ns]) =>
    [report.categories[index][0], formatValue(ns / total, "fraction"), formatValue(ns / 1e9, "s"), report.categories[index][1]]));
}

function sloWords([name, ttft, tpot, e2e]) {
  const parts = [["TTFT", ttft], ["TPOT", tpot], ["end-to-end", e2e]].filter(([, value]) => value !== null)
    .map(([words, value]) => `${words} at most ${formatValue(asNumber(value), "s")}`);
  return (name === "default" ? "" : `${name}: `) + parts.join(", ");
}

function scenarioText(run) {
  const entry = report.runs[run];
  const changes = entry.changes.map(([key, value]) => `${key}: ${value}`);
  const head = changes.length > 0 ? `# This run changes the scenario below in:\n${changes.map((line) => `#   ${line}`).join("\n")}\n\n` : "";
  return head + entry.scenario.map((line) => report.scenario_lines[line]).join("\n");
}

function detailButtons(run, dialog) {
  const compareButton = buttonControl("", () => {
    setCompared(run, !compared.includes(run));
    update();
  });
  const update = () => {
    compareButton.textContent = compared.includes(run) ? "Remove from comparison" : "Add to comparison";
    compareButton.disabled = !compared.includes(run) && compared.length >= kMostCompared;
  };
  update();
  const buttons = [compareButton];
  if (runsWithUse.includes(run))
    buttons.push(buttonControl("Show use over time", () => {
      dialog.close();
      showUsage(run);
      document.getElementById("usage").scrollIntoView();
    }));
  return element("div", {class: "controls"}, ...buttons);
}

function openDetails(run) {
  const dialog = document.getElementById("details");
  const entry = report.runs[run];
  const status = isFinished(run) ? "" : `This run failed: ${textValue("reason", run) || "no reason was recorded"}.`;
  dialog.replaceChildren(
    element("div", {class: "dialog-head"}, element("h2", {id: "details-title", text: runLabels[run]}),
      element("button", {type: "button", class: "close", "aria-label": "Close", text: "×", onclick: () => dialog.close()})),
    element("p", {class: "notes", text: `${textValue("name", run)}, run ${entry.id}, seed ${metricValue("seed", run) ?? textValue("seed", run)}, code ${textValue("code_version", run)}`}),
    detailButtons(run, dialog),
    ...(status === "" ? [] : [element("p", {class: "warning", text: status})]),
    ...entry.warnings.map((text) => element("p", {class: "warning", text})));
  if (parameters.length > 0) dialog.append(element("h3", {text: "Keys in which the runs differ"}),
    definitions(parameters.map(({key, values}) => [key, values[run] === "" ? "(not set)" : values[run]])));
  const slos = entry.slos.map(sloWords).filter((words) => words !== "");
  if (slos.length > 0) dialog.append(element("p", {text: `SLO: ${slos.join("; ")}`}));
  const facts = otherMetrics(run);
  const latencies = latencyTable(run);
  if (latencies) dialog.append(latencies);
  if (facts.length > 0) dialog.append(folded("Metrics", true, definitions(facts)));
  if (ledgerTotal(run) > 0) dialog.append(folded("Where the time went", true, ledgerTable(run)));
  if (entry.limits.length > 0) dialog.append(folded("Limits", false, limitsTable(run)));
  dialog.append(folded("Scenario", true, element("pre", {class: "scenario", tabindex: "0", text: scenarioText(run)})));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

function initDetails() {
  const dialog = document.getElementById("details");
  // A click beside the dialog closes it: its own content covers the rest.
  dialog.addEventListener("click", (event) => {
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    if (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom) dialog.close();
  });
}

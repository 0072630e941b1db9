// figure.js -- what all charts of the page have in common: a frame with controls, a canvas with an accessible name, a note on
// what is left out, and the drawn numbers as a table for those who cannot see the canvas.

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") made.textContent = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

// options: [[value, text]]. `changed` is told the chosen value.
function selectControl(label, options, value, changed) {
  const select = element("select", {onchange: () => changed(select.value)});
  for (const [option, text] of options) select.append(element("option", {value: option, text, selected: option === value}));
  return element("label", {class: "control"}, element("span", {text: label}), select);
}

function checkControl(label, checked, changed) {
  const box = element("input", {type: "checkbox", checked, onchange: () => changed(box.checked)});
  return element("label", {class: "control check"}, box, element("span", {text: label}));
}

function buttonControl(text, clicked) {
  return element("button", {type: "button", text, onclick: clicked});
}

const figures = [];

// A figure in a section. `plot()` returns {config, label, notes, columns, rows}: what Chart.js draws, its accessible name,
// remarks below it, and the numbers as a table; or {empty: "why there is nothing to see"}.
class Figure {
  constructor(section, plot) {
    this.plot = plot;
    this.controls = element("div", {class: "controls"});
    this.canvas = element("canvas", {role: "img"});
    this.frame = element("div", {class: "frame"}, this.canvas);
    this.empty = element("p", {class: "empty", hidden: true});
    this.extra = element("div", {class: "extra"});
    this.notes = element("p", {class: "notes", hidden: true});
    this.table = element("div", {class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Numbers of the chart"});
    this.numbers = element("details", {class: "numbers"}, element("summary", {text: "Numbers"}), this.table);
    this.numbers.addEventListener("toggle", () => this.fillTable());
    this.root = element("figure", {}, this.controls, this.frame, this.extra, this.empty, this.notes, this.numbers);
    document.getElementById(section).append(this.root);
    figures.push(this);
  }

  draw() {
    const drawn = this.plot();
    const isEmpty = drawn.empty !== undefined;
    this.wasDrawn ||= !isEmpty;
    this.controls.hidden = !this.wasDrawn;  // where nothing was ever drawn there is nothing to choose
    this.frame.hidden = isEmpty;
    this.extra.hidden = isEmpty;
    this.numbers.hidden = isEmpty;
    this.empty.hidden = !isEmpty;
    this.chart?.destroy();
    this.chart = null;
    this.drawn = drawn;
    const notes = (drawn.notes ?? []).filter((note) => note !== "");
    this.notes.textContent = notes.join(" ");
    this.notes.hidden = notes.length === 0;
    if (isEmpty) {
      this.empty.textContent = drawn.empty;
      return;
    }
    if (drawn.height) this.frame.style.height = `${drawn.height}px`;
    this.canvas.setAttribute("aria-label", drawn.label);
    this.chart = new Chart(this.canvas, withDefaults(drawn.config));
    this.fillTable();
  }

  fillTable() {
    if (!this.numbers.open || !this.drawn.columns) return;
    const kMost = 500;
    const head = element("tr", {}, ...this.drawn.columns.map((text) => element("th", {scope: "col", text})));
    const body = this.drawn.rows().slice(0, kMost).map((row) =>
      element("tr", {}, ...row.map((cell) => element("td", {text: cell}))));
    this.table.replaceChildren(element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
  }
}

const kLegendLabels = {usePointStyle: true, boxHeight: 7, padding: 12};

// What a chart does not say itself.
function withDefaults(config) {
  const options = config.options ?? {};
  return {
    ...config,
    options: {
      responsive: true, maintainAspectRatio: false, animation: false, normalized: true, parsing: false,
      interaction: {mode: "nearest", intersect: true},
      ...options,
      plugins: {
        ...options.plugins,
        legend: {position: "bottom", labels: kLegendLabels, ...options.plugins?.legend},
        tooltip: {backgroundColor: cssColor("--tooltip"), titleColor: "#ffffff", bodyColor: "#ffffff", padding: 10,
          boxPadding: 5, usePointStyle: true, ...options.plugins?.tooltip},
      },
    },
  };
}

// An axis with a title that names its unit. unit: of unitFor; `log`: logarithmic.
function axis(label, unitName, extra = {}) {
  const isLog = extra.type === "logarithmic";
  return {
    type: "linear",
    title: {display: true, text: axisTitle(label, unitName) + (isLog ? ", log scale" : ""), color: cssColor("--text")},
    ...extra,
    ticks: {
      ...(isLog ? {callback: (value) => isRoundTick(value) ? formatNumber(value) : "", autoSkip: true, autoSkipPadding: 14} :
        {callback: (value) => value.toLocaleString("en-US", {maximumSignificantDigits: 6})}),
      maxRotation: 0, ...extra.ticks,
    },
  };
}

// On a logarithmic axis 1, 2 and 5 of each decade are labelled.
function isRoundTick(value) {
  const mantissa = value / Math.pow(10, Math.floor(Math.log10(value) + 1e-9));
  return [1, 2, 5].some((round) => Math.abs(mantissa - round) < 1e-6);
}

// Values that span more than a factor of 30 read better on a logarithmic scale.
function wantsLog(values) {
  const shown = values.filter(Number.isFinite);
  const low = Math.min(...shown), high = Math.max(...shown);
  return low > 0 && high / low > 30;
}

function drawAll() {
  for (const figure of figures) figure.draw();
}

// "3 runs are not shown: ...", "" for none.
function leftOutNote(count, why) {
  return count === 0 ? "" : `${count} ${count === 1 ? "run is" : "runs are"} not shown: ${why}.`;
}

// theme.js -- light and dark, and colours that people with colour-blindness tell apart (Okabe and Ito, 2008; the sequential
// scale is cividis: Nunez, Anderton, Renslow, PLoS ONE 13(7), 2018).

const kSeries = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b98200", "#3f9fd8", "#5c5c5c"],
  dark: ["#56b4e9", "#e69f00", "#1fc79a", "#e58fc0", "#f0e442", "#ff7f45", "#bdbdbd"],
};
const kShapes = ["circle", "triangle", "rect", "rectRot", "crossRot", "star", "cross"];
const kDashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 2]];
const kCividis = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];

function systemTheme() {
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
let chosenTheme = null;  // null: what the system says
const theme = () => chosenTheme ?? systemTheme();

const cssColor = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const seriesColor = (index) => kSeries[theme()][index % kSeries[theme()].length];

function mix(from, to, share) {
  const part = (hex, at) => parseInt(hex.slice(at, at + 2), 16);
  const channels = [1, 3, 5].map((at) => Math.round(part(from, at) + (part(to, at) - part(from, at)) * share));
  return `rgb(${channels.join(", ")})`;
}

// share in [0, 1].
function cividis(share) {
  const place = Math.min(Math.max(share, 0), 1) * (kCividis.length - 1);
  const below = Math.min(Math.floor(place), kCividis.length - 2);
  return mix(kCividis[below], kCividis[below + 1], place - below);
}

// Families of ledger categories: useful work green, further work orange, waiting blue, devices slower than their roof purple,
// idle grey; within a family from strong to pale.
const kFamilies = [
  {name: "useful", test: /^useful/, light: ["#009e73", "#7fd0ba"], dark: ["#1fae83", "#8fdcc4"]},
  {name: "extra", test: /^extra/, light: ["#b35900", "#f7cf8a"], dark: ["#e07b1a", "#ffdf9e"]},
  {name: "wait", test: /^wait/, light: ["#00558a", "#a5d8f3"], dark: ["#2f8fd0", "#bfe3f7"]},
  {name: "device", test: /^(efficiency|launch|overhead|collective)/, light: ["#8c3f6b", "#e6b3d0"], dark: ["#b9608f", "#efc3dc"]},
  {name: "idle", test: /./, light: ["#6b6b6b", "#d4d4d4"], dark: ["#8d8d8d", "#4a4a4a"]},
];
const familyOf = (category) => kFamilies.findIndex((family) => family.test.test(category));

// By category of the report.
function ledgerColors() {
  const families = report.categories.map(([category]) => familyOf(category));
  const place = new Map();
  return families.map((family) => {
    const members = families.filter((other) => other === family).length;
    const index = place.get(family) ?? 0;
    place.set(family, index + 1);
    const [strong, pale] = kFamilies[family][theme()];
    return mix(strong, pale, members > 1 ? index / (members - 1) : 0);
  });
}

function applyTheme() {
  document.documentElement.dataset.theme = theme();
  const other = theme() === "dark" ? "light" : "dark";
  const button = document.getElementById("theme-toggle");
  button.textContent = other === "dark" ? "Dark" : "Light";
  button.setAttribute("aria-label", `Switch to the ${other} theme`);
  Chart.defaults.color = cssColor("--text-soft");
  Chart.defaults.borderColor = cssColor("--grid");
}

// `changed` redraws what has colours.
function initTheme(changed) {
  const update = () => {
    applyTheme();
    changed();
  };
  document.getElementById("theme-toggle").addEventListener("click", () => {
    chosenTheme = theme() === "dark" ? "light" : "dark";
    update();
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (chosenTheme === null) update();
  });
}

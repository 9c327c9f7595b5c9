// The tab of the comparison: recommenders × explainers for one figure; a cell without one says why.

import { Place, path } from "./api.js";
import { bar, el, fill, find, options } from "./dom.js";
import { known, moment, named, number, percent, t } from "./words.js";

const FIRST = ["lxr11.del", "lxr11.pos@10", "necessity.pn@10", "shapley_error"];

/** What a figure says, in words where there are any. */
function told(name) {
  const key = [name, name.split("@")[0]].find((one) => known(`metric.${one}`));
  return key ? `${name}${t("colon")}${named("metric", key)}` : name;
}

export class Comparison {
  #box = find("matrix");
  #place = new Place(this.#box);
  #found = null;

  constructor() {
    find("run").addEventListener("change", () => this.#load(find("run").value));
    find("metric").addEventListener("change", () => this.#draw());
  }

  shown() {
    if (!this.#found) this.#load(null);
  }

  #load(run) {
    this.#place.ask(path("comparison", run === null ? {} : { run }), undefined, (found) => this.#show(found), {
      keep: this.#found !== null,
    });
  }

  #show(found) {
    this.#found = found.run === null ? null : found;
    find("comparison-tools").hidden = found.run === null;
    if (found.run === null) return fill(this.#box, el("p", { class: "empty", text: t("comparison.none") }));
    const runs = found.runs.length ? found.runs : [found.run];
    options(find("run"), runs.map((one) => [String(one.id), `${one.id} · ${moment(one.at)}`]), String(found.run.id));
    const names = found.metrics.map((one) => one.name);
    const first = [find("metric").value, ...FIRST, names[0]].find((name) => names.includes(name));
    options(find("metric"), names.map((name) => [name, told(name)]), first);
    return this.#draw();
  }

  #draw() {
    const { recommenders, explainers, metrics, cells } = this.#found;
    const metric = metrics.find((one) => one.name === find("metric").value);
    find("metric-note").textContent = metric ? t(`better.${metric.better ?? "none"}`) : "";
    const columns = columnsOf(explainers, cells);
    const by = new Map(cells.map((one) => [JSON.stringify([one.recommender, one.explainer, one.players]), one]));
    const row = (one) => {
      const own = columns.map(({ explainer, players }) => by.get(JSON.stringify([one.id, explainer, players])));
      const best = bestOf(own, metric);
      return el("tr", {}, recommenderOf(one), own.map((cell) => cellOf(cell, cell?.figures?.[metric?.name], cell !== undefined && best.has(cell))));
    };
    const table = el(
      "table",
      { class: "matrix" },
      el("caption", { class: "unseen", text: t("comparison.caption", { metric: metric?.name ?? "" }) }),
      el("thead", {}, el("tr", {}, el("th", { scope: "col", text: t("comparison.corner") }), columns.map(headOf))),
      el("tbody", {}, recommenders.map(row)),
    );
    fill(
      this.#box,
      el("div", { class: "scroll", tabindex: "0", role: "region", aria: { label: t("comparison") } }, table),
      el("p", { class: "soft", text: t("comparison.legend") }),
    );
  }
}

/** The columns: each explainer with each kind of reasons that it was asked for. */
function columnsOf(explainers, cells) {
  const found = new Map();
  for (const explainer of explainers) {
    for (const cell of cells) {
      if (cell.explainer !== explainer) continue;
      const key = JSON.stringify([explainer, cell.players]);
      if (!found.has(key)) found.set(key, { explainer, players: cell.players, role: cell.role });
    }
  }
  return [...found.values()];
}

function headOf({ explainer, players, role }) {
  return el(
    "th",
    { scope: "col" },
    el("span", { class: "strong", text: explainer }),
    players && el("small", { text: named("players", players) }),
    role && role !== "explainer" && el("span", { class: "badge", text: named("role", role) }),
  );
}

/** A recommender, how good it is itself, or why it could not learn. */
function recommenderOf({ id, state, why, figures }) {
  const [name, figure] = Object.entries(figures ?? {})[0] ?? [];
  return el(
    "th",
    { scope: "row" },
    id,
    name && figure.value !== null && el("small", { text: `${name} ${number(figure.value)}` }),
    state !== "done" && el("span", { class: "state", text: named("cell", state) }),
    state !== "done" && why && el("small", { text: why }),
  );
}

/** The best cells of a row, for each kind of reasons; floor and ceiling do not compete, and where all are alike none is best. */
function bestOf(cells, metric) {
  const sign = metric?.better === "lower" ? -1 : 1;
  const value = (cell) => sign * cell.figures[metric.name].value;
  const rivals = new Map();
  for (const cell of cells) {
    if (!metric?.better || cell?.role !== "explainer" || !Number.isFinite(cell.figures?.[metric.name]?.value)) continue;
    rivals.set(cell.players, [...(rivals.get(cell.players) ?? []), cell]);
  }
  const alike = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
  const winners = [...rivals.values()].map((all) => {
    const first = Math.max(...all.map(value));
    const found = all.filter((cell) => alike(value(cell), first));
    return found.length < all.length ? found : [];
  });
  return new Set(winners.flat());
}

function cellOf(cell, figure, best) {
  if (!cell) return el("td", { class: "void" }, el("span", { class: "state", text: t("cell.none") }));
  if (cell.state !== "done") {
    const key = known(`cell.${cell.state}`) ? cell.state : "none";
    return el("td", { class: `void ${key}` }, el("span", { class: "state", text: t(`cell.${key}`) }), el("small", { text: cell.why ?? "" }));
  }
  if (!Number.isFinite(figure?.value)) return el("td", { class: "void" }, el("span", { class: "state", text: t("cell.undefined") }));
  const part = Number.isFinite(figure.normalised) ? figure.normalised : null;
  return el(
    "td",
    { class: best ? "best" : null },
    el("span", { class: "value", text: number(figure.value) }),
    best && el("span", { class: "badge", text: t("cell.best") }),
    Number.isFinite(figure.low) && Number.isFinite(figure.high) && el("small", { class: "interval", text: `${number(figure.low)} … ${number(figure.high)}` }),
    part !== null && bar(0, Math.min(1, Math.max(0, part)), "pos"),
    part !== null && el("small", { text: t("cell.normalised", { part: percent(part) }) }),
  );
}

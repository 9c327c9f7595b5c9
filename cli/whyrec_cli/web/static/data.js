// The tab of the data: how many rows were kept, which were not and why, and what they hold.

import { Place, path } from "./api.js";
import { bar, el, fill, find } from "./dom.js";
import { day, named, percent, short, t, whole } from "./words.js";

const table = (caption, heads, rows) =>
  el(
    "div",
    { class: "scroll" },
    el(
      "table",
      {},
      el("caption", { text: caption }),
      el("thead", {}, el("tr", {}, heads.map((text, i) => el("th", { scope: "col", class: i ? "n" : null, text })))),
      el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell, i) => (i ? el("td", { class: "n" }, cell) : el("th", { scope: "row" }, cell)))))),
    ),
  );

export class Data {
  #box = find("health");
  #place = new Place(this.#box);
  #done = false;

  shown() {
    if (this.#done) return;
    this.#place.ask(path("data"), undefined, (found) => {
      this.#done = true;
      find("data-title").textContent = t("data.of", { name: found.name });
      fill(this.#box, this.#show(found));
    });
  }

  #show({ users, items, events, read, kept, rejected, filtered, warnings, behaviors, features, times, source, users_without_events: idle }) {
    const tiles = [
      [t("data.users"), users],
      [t("data.items"), items],
      [t("data.events"), events],
      [t("data.kept"), kept],
    ].map(([name, n]) => el("div", { class: "tile" }, el("dt", { text: name }), el("dd", { text: whole(n) })));
    const lost = rejected.reduce((sum, one) => sum + one.rows, 0);
    const most = Math.max(1, ...behaviors.map((one) => one.events));
    return [
      el("dl", { class: "tiles" }, tiles),
      el("p", { class: "soft", text: [source && t("data.source", { source }), times && t("data.times", { first: day(times.first), last: day(times.last) })].filter(Boolean).join(" · ") }),
      el("h3", { text: t("data.health") }),
      lost === 0
        ? el("p", { class: "good", text: t("data.clean") })
        : table(
            t("data.lost", { n: lost, all: whole(read), part: percent(lost / Math.max(1, read)) }),
            [t("data.reason"), t("data.rows")],
            rejected.map((one) => [one.reason, whole(one.rows)]),
          ),
      filtered.length > 0 && table(t("data.filtered"), [t("data.reason"), t("data.rows")], filtered.map((one) => [one.reason, whole(one.rows)])),
      idle > 0 && el("p", { text: t("data.idle", { n: idle }) }),
      warnings.length > 0 && el("div", { class: "trouble" }, warnings.map((text) => el("p", { text }))),
      el(
        "div",
        { class: "two" },
        behaviors.length > 0 &&
          el(
            "div",
            {},
            table(
              t("data.behaviors"),
              [t("data.behavior"), t("data.weight"), t("data.n_events")],
              behaviors.map((one) => [[named("behavior", one.name), bar(0, one.events / most, "pos")], short(one.weight), whole(one.events)]),
            ),
          ),
        features.length > 0 &&
          el(
            "div",
            {},
            table(
              t("data.features"),
              [t("data.column"), t("data.values"), t("data.items_with")],
              features.map((one) => [[named("by", one.column), bar(0, one.items_with / Math.max(1, items), "pos")], whole(one.values), percent(one.items_with / Math.max(1, items))]),
            ),
          ),
      ),
    ];
  }
}

// Why an item is recommended: several explainers side by side, and switches that put each reason to the test.

import { Failed, Place, ask, trouble } from "./api.js";
import { bar, button, el, fill, find, fresh, options, shorten } from "./dom.js";
import { language, named, number, percent, seconds, signed, t, whole } from "./words.js";

const MOST = 8;
const SHOWN = 6;

export class Reasons {
  #place = new Place(find("reasons"));
  #item = null;
  #found = null;
  #hidden = new Map();
  #proof = null;

  constructor(about, answers, explore) {
    Object.assign(this, { about, answers, explore });
    const all = about.explainers;
    this.explainers = new Set(all.filter((one) => !/^(random|search)/.test(one.id)).slice(0, 3).map((one) => one.id));
    if (this.explainers.size === 0) all.slice(0, 1).forEach((one) => this.explainers.add(one.id));
    put_boxes(find("explainers"), all, this.explainers, () => this.#again());
    options(find("players"), about.players.map((name) => [name, t(`players.${name}`)]), about.players[0]);
    options(find("target"), about.targets.map((name) => [name, named("target", name)]), about.targets[0]);
    for (const id of ["players", "target"]) find(id).addEventListener("change", () => this.#again());
    this.#summary();
  }

  clear(text = "") {
    this.#place.stop();
    this.#item = this.#found = null;
    this.#forget();
    find("how").hidden = true;
    fill(find("reasons-head"), el("h2", { id: "reasons-title", tabindex: "-1", text: t("reasons") }));
    fill(find("reasons"), text && el("p", { class: "empty", text }));
  }

  async open(item, asked = false) {
    this.#item = item;
    this.#forget();
    find("how").hidden = false;
    this.#summary();
    if (asked) this.explore.moved_to(null);
    const body = {
      recommender: this.explore.recommender,
      ...this.explore.who,
      item,
      explainers: [...this.explainers],
      players: find("players").value,
      target: find("target").value,
      lang: language,
      ...this.explore.by,
    };
    await this.#place.ask("/api/reasons", body, (found) => this.#show(found), { keep: !asked && this.#found !== null });
    if (asked) {
      const title = find("reasons-title");
      title.focus({ preventScroll: true });
      if (title.getBoundingClientRect().top < 0 || title.getBoundingClientRect().top > innerHeight * 0.6) title.scrollIntoView();
    }
  }

  #again() {
    this.#summary();
    if (this.#item !== null) this.open(this.#item);
  }

  #summary() {
    find("how-summary").textContent = t("how.summary", { explainers: [...this.explainers].join(", "), players: t(`players.${find("players").value}`) });
  }

  #forget() {
    this.#hidden.clear();
    this.#proof?.abort();
    find("proof").hidden = true;
    if (find("list-card").classList.contains("moved")) this.explore.moved_to(null);
  }

  #show(found) {
    this.#found = found;
    const { item, title, score, rank } = found;
    const who = () => ({ recommender: this.explore.recommender, user: this.explore.user, k: this.explore.k });
    const says = this.answers.buttons(who, { about: "item", subject: item, title });
    fill(
      find("reasons-head"),
      el("h2", { id: "reasons-title", tabindex: "-1", text: t("reasons.of", { title }) }),
      el("p", { class: "soft", text: rank === null ? t("reasons.out", { score: number(score) }) : t("reasons.stand", { rank: whole(rank), score: number(score) }) }),
      says.length > 0 && el("div", { class: "row", role: "group", aria: { label: t("answer.item") } }, says),
    );
    const cards = found.reasons.map((one) => (one.error ? failed(one) : this.#card(one)));
    fill(find("reasons"), el("div", { class: "cards" }, cards), this.#instead(found.counterfactual));
    this.#judge();
  }

  #card(one) {
    const list = el("ul", { class: "plain reason-list" }, this.#rows(one));
    return el(
      "article",
      { class: "reason-card", data: { explainer: one.explainer } },
      el("h3", { text: one.explainer }),
      el("p", { class: "sentence", text: one.text }),
      one.values.length ? list : el("p", { class: "empty", text: t("reasons.none") }),
      shorten(list, SHOWN, (n) => t("more", { n }), t("fewer")),
      one.others?.n > 0 && el("p", { class: "others" }, el("span", { text: t("reasons.others", { n: one.others.n }) }), el("span", { class: "num", text: signed(one.others.value) })),
      el("p", { class: "sum" }, one.additive && !one.ordinal
        ? [el("span", { text: t("reasons.base", { base: number(one.base) }) }), el("span", { aria: { hidden: "true" }, text: "→" }), el("span", { text: t("reasons.full", { full: number(one.full) }) })]
        : el("span", { text: t("reasons.order") })),
      one.note && el("p", { class: "soft", text: one.note }),
      el("p", { class: "soft cost", text: t(one.model_calls ? "reasons.cost" : "reasons.cost.none", { seconds: seconds(one.seconds), n: one.model_calls }) }),
    );
  }

  /** One row a reason: the strongest first, whichever way they speak; below them the weaker ones. */
  #rows({ values: given }) {
    const strongest = new Set([...given].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, SHOWN));
    const values = [...given.filter((one) => strongest.has(one)), ...given.filter((one) => !strongest.has(one))];
    const low = Math.min(0, ...values.map((one) => one.value));
    const high = Math.max(0, ...values.map((one) => one.value));
    const span = Math.max(1e-300, high - low);
    const zero = -low / span;
    return values.map(({ player, label, value, share, std_error: error }) => {
      const size = Math.abs(value) / span;
      const id = fresh("reason");
      const title = this.#found?.players === "interests" ? named("value", label) : label;
      const toggle = el("input", {
        type: "checkbox", role: "switch", id, checked: true, data: { player },
        aria: { label: t("prove.switch", { title }) },
        on: { change: (event) => this.#turn(player, title, !event.target.checked) },
      });
      const says = this.#found?.players === "history" ? this.#says(player, label) : null;
      return el(
        "li",
        { class: "reason", data: { player } },
        toggle,
        el("label", { for: id, class: "name", text: title }),
        el("span", { class: "num" }, signed(value), share !== null && share !== undefined && el("small", { text: percent(share) })),
        bar(value < 0 ? zero - size : zero, size, value < 0 ? "neg" : "pos", { zero: low < 0 ? zero : null }),
        error ? el("small", { class: "error", text: `± ${number(error)}` }) : null,
        says,
      );
    });
  }

  /** What can be said of a reason, behind one small button. */
  #says(player, title) {
    const who = () => ({ recommender: this.explore.recommender, user: this.explore.user, k: this.explore.k });
    const box = el("span", { class: "row tight says", hidden: true }, this.answers.buttons(who, { about: "reason", subject: player, title }, { class: "quiet" }));
    if (!box.childElementCount) return null;
    const open = button("⋯", () => {
      box.hidden = !box.hidden;
      open.setAttribute("aria-expanded", String(!box.hidden));
    }, { class: "quiet dots", aria: { expanded: "false", label: t("answer.reason.open", { title }) } });
    return [open, box];
  }

  /** What would change it: the smallest set of reasons without which another item would stand here. */
  #instead(found) {
    if (!found) return null;
    return el(
      "section",
      { class: "instead", aria: { label: t("instead") } },
      el("h3", { text: t("instead") }),
      el("p", { text: found.text }),
      found.without.length > 0 &&
        button(t("instead.try", { n: found.without.length }), () => {
          this.#hidden.clear();
          for (const { player, label } of found.without) this.#hidden.set(player, label);
          this.#switches();
          this.#judge();
          find("proof").scrollIntoView({ block: "nearest" });
        }, { id: "try" }),
    );
  }

  #turn(player, title, off) {
    if (off) this.#hidden.set(player, title);
    else this.#hidden.delete(player);
    this.#switches();
    this.#judge();
  }

  /** The same reason has a switch at each explainer: they stand alike. */
  #switches() {
    for (const one of document.querySelectorAll("#reasons [role=switch]")) {
      const off = this.#hidden.has(one.dataset.player);
      one.checked = !off;
      one.closest(".reason").classList.toggle("off", off);
    }
  }

  /** Asks the recommender itself what it would say without the reasons that are switched off. */
  async #judge() {
    const box = find("proof");
    this.#proof?.abort();
    box.hidden = false;
    if (this.#hidden.size === 0) {
      fill(box, el("p", {}, el("strong", { text: t("prove") }), ` ${t("prove.how")}`));
      if (find("list-card").classList.contains("moved")) this.explore.moved_to(null);
      return;
    }
    const mine = (this.#proof = new AbortController());
    const { item, players } = this.#found;
    const hidden = [...this.#hidden.keys()];
    const body = { recommender: this.explore.recommender, ...this.explore.who, item, players, hidden, k: this.explore.k, ...this.explore.by };
    box.setAttribute("aria-busy", "true");
    try {
      const found = await ask("/api/without", body, { signal: mine.signal });
      fill(box, this.#verdict(found));
      this.explore.moved_to(found.items, hidden.length);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof Failed)) throw error;
      fill(box, trouble(error, () => this.#judge()));
    } finally {
      if (this.#proof === mine) box.removeAttribute("aria-busy");
    }
  }

  #verdict({ before, after, left, came }) {
    const pair = (name, old, now, id) =>
      el("div", { class: "pair" }, el("dt", { text: name }), el("dd", {}, el("span", { class: "was", text: old }), el("span", { aria: { hidden: "true" }, text: "→" }), el("span", { class: "unseen", text: t("prove.to") }), el("strong", { id, text: now })));
    const names = [...this.#hidden.values()];
    const some = names.slice(0, 2).map((title) => t("quoted", { title })).join(t("and.comma"));
    const shown = names.length > 2 ? t("prove.and", { some, n: names.length - 2 }) : some;
    const rank = (n) => (n === null ? "–" : t("prove.place", { rank: whole(n) }));
    return [
      el("p", { text: t("prove.without", { titles: shown }) }),
      el("dl", {}, pair(t("prove.rank"), rank(before.rank), rank(after.rank), "rank-now"), pair(t("prove.score"), number(before.score), number(after.score), "score-now")),
      el("p", { class: "soft", text: came.length || left.length ? t("prove.list", { n: left.length }) : t("prove.list.same") }),
      button(t("prove.reset"), () => {
        this.#hidden.clear();
        this.#switches();
        this.#judge();
      }, { id: "reset" }),
    ];
  }
}

/** One explainer failed; the others stand. */
const failed = (one) =>
  el(
    "article",
    { class: "reason-card failed", data: { explainer: one.explainer } },
    el("h3", { text: one.explainer }),
    el("p", { class: "strong", text: t("reasons.failed") }),
    el("p", { text: one.error.message }),
    one.error.hint && el("p", { class: "soft", text: one.error.hint }),
    el("p", { class: "soft", text: one.error.code ?? "" }),
  );

/** A box to tick for each explainer: at least one, at most eight. */
function put_boxes(parent, all, chosen, changed) {
  const limit = () => {
    for (const box of parent.querySelectorAll("input")) {
      box.disabled = box.checked ? chosen.size === 1 : chosen.size >= MOST;
    }
  };
  for (const { id, name, summary } of all) {
    const box = el("input", { type: "checkbox", value: id, checked: chosen.has(id) });
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(id);
      else chosen.delete(id);
      limit();
      changed();
    });
    parent.append(el("label", { class: "check" }, box, el("span", {}, id, name && name !== id && el("small", { text: name }), language === "en" && summary && el("small", { text: summary }))));
  }
  limit();
}

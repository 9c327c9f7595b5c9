// The tab where one looks: for whom, what is recommended to them, what they are interested in.

import { Place, ask, path, pause } from "./api.js";
import { combo } from "./combo.js";
import { bar, button, el, fill, find, options, shorten } from "./dom.js";
import { Reasons } from "./reasons.js";
import { known, language, named, number, percent, t, whole } from "./words.js";

const OTHER = "(other)";

export class Explore {
  #list = new Place(find("list"));
  #kind = "user";
  #user = "";
  #made = [];
  #found = null;
  #item = null;
  #ready;

  constructor(about, answers, moved) {
    Object.assign(this, { about, answers, moved });
    this.#ready = new Set(about.recommenders.filter((one) => one.ready).map((one) => one.id));
    this.reasons = new Reasons(about, answers, this);
    options(find("recommender"), about.recommenders.map((one) => [one.id, one.id]));
    options(find("by"), about.by.map((name) => [name, named("by", name)]), about.interest_by ?? about.by[0]);
    options(find("behavior"), about.behaviors.map((name) => [name, named("behavior", name)]));
    find("by-field").hidden = about.by.length < 2;
    if (![5, 10, 20, 50].includes(about.k)) find("k").append(el("option", { text: String(about.k) }));
    find("k").value = String(about.k);
    for (const id of ["recommender", "by", "k"]) find(id).addEventListener("change", () => this.refresh());
    for (const one of document.querySelectorAll("[name=kind]")) one.addEventListener("change", () => this.#turn(one.value));
    find("whom").addEventListener("submit", (event) => event.preventDefault());
    find("personal-switch").addEventListener("click", () => this.#personal());
    combo(find("user"), find("users"), {
      where: (q) => path("users", { q, limit: 20 }),
      rows: ({ users }) => users.map((one) => ({ value: one.id, text: one.id, note: t("whom.n_items", { n: one.items }) })),
      chosen: ({ value }) => this.go({ user: value }),
    });
    combo(find("item"), find("items"), {
      where: (q) => path("items", { q, limit: 20 }),
      rows: ({ items }) => items.map((one) => ({ value: one.id, text: one.title, note: one.id === one.title ? "" : one.id })),
      chosen: (row) => this.#add(row),
    });
  }

  get user() {
    return this.#kind === "user" ? this.#user : "";
  }

  /** Who is asked about, as the server wants it. */
  get who() {
    if (this.#kind === "user") return { user: this.#user };
    return { history: this.#made.map(({ item, behavior }) => ({ item, ...(behavior ? { behavior } : {}) })) };
  }

  /** What interests are grouped by, as the server wants it. */
  get by() {
    return find("by").value ? { by: find("by").value } : {};
  }

  get recommender() {
    return find("recommender").value;
  }

  get k() {
    return Number(find("k").value);
  }

  /** What the address bar keeps. */
  get place() {
    const at = { recommender: this.recommender, by: find("by").value };
    if (this.#kind !== "user") return { ...at, made: "1" };
    if (this.user) Object.assign(at, { user: this.user }, this.#item ? { item: this.#item } : {});
    return this.user ? at : {};
  }

  /** Goes to what an address names. */
  go({ user, recommender, by, item, made }) {
    for (const [id, value] of Object.entries({ recommender, by })) {
      if (value && [...find(id).options].some((one) => one.value === value)) find(id).value = value;
    }
    if (made !== undefined && this.#kind === "user") {
      document.querySelector("[name=kind][value=history]").checked = true;
      this.#made = JSON.parse(sessionStorage.getItem("made") ?? "[]");
      this.#chips();
    } else if (user !== undefined && (user !== this.#user || this.#kind !== "user")) {
      document.querySelector("[name=kind][value=user]").checked = true;
      this.#user = user;
      this.#item = item ?? null;
      this.#turn("user");
    } else if (!this.#found) this.refresh();
  }

  #turn(kind) {
    this.#kind = kind;
    find("whom").classList.toggle("made", kind !== "user");
    find("by-user").hidden = kind !== "user";
    find("by-items").hidden = kind === "user";
    find("by-behavior").hidden = kind === "user" || this.about.behaviors.length === 0;
    find("made").hidden = kind === "user" || this.#made.length === 0;
    find("user").value = this.#user;
    this.refresh();
  }

  #add({ value, text }) {
    find("item").value = "";
    const behavior = this.about.behaviors.length ? find("behavior").value : null;
    this.#made = [...this.#made.filter((one) => one.item !== value), { item: value, title: text, behavior }].slice(-500);
    this.#chips();
  }

  #chips() {
    const chip = (one) =>
      el(
        "li",
        {},
        el("span", { text: one.title }),
        one.behavior && el("small", { text: named("behavior", one.behavior) }),
        button("×", () => { this.#made = this.#made.filter((other) => other !== one); this.#chips(); find("item").focus(); }, {
          class: "quiet", aria: { label: t("whom.remove", { title: one.title }) },
        }),
      );
    sessionStorage.setItem("made", JSON.stringify(this.#made));
    fill(find("made"), this.#made.map(chip));
    this.#turn("history");
  }

  /** Chips carry titles of the language in which they were found; the answer has those of the present one. */
  #retitle(history) {
    const titles = new Map(history.map((one) => [one.item, one.title]));
    this.#made.forEach((one, i) => {
      one.title = titles.get(one.item) ?? one.title;
      const chip = find("made").children[i];
      chip.firstChild.textContent = one.title;
      chip.lastChild.setAttribute("aria-label", t("whom.remove", { title: one.title }));
    });
  }

  /** Asks for the list anew; the item that was looked at stays open if it is still there. */
  async refresh() {
    const none = this.#kind === "user" ? !this.#user : this.#made.length === 0;
    find("start").hidden = !none;
    find("found").hidden = none;
    find("personal").hidden = none || this.#kind !== "user" || this.answers.readOnly;
    this.moved();
    if (none) {
      this.#list.stop();
      this.reasons.clear();
      return this.#invite();
    }
    const body = { recommender: this.recommender, ...this.who, k: this.k, lang: language, ...this.by };
    find("list-card").classList.remove("moved");
    return this.#list.ask("/api/list", body, (found) => this.#show(found), {
      keep: this.#found !== null,
      before: this.#learnt(body.recommender),
      held: () => find("found").classList.add("alone"),
    });
  }

  /** Waits until a recommender has learnt; one that does not begin is asked all the same, which puts it first. */
  #learnt(name) {
    let turns = 0;
    return async (signal, waiting) => {
      while (!this.#ready.has(name)) {
        const { recommenders } = await ask(path("about"), undefined, { signal });
        const own = recommenders.find((one) => one.id === name);
        if (own?.ready) this.#ready.add(name);
        if (!own || own.ready || own.error || (own.progress === 0 && (turns += 1) === 2)) return;
        waiting(own.progress);
        await pause(1, signal);
      }
    };
  }

  /** What stands there before anybody was chosen. */
  async #invite() {
    const start = find("start");
    if (this.#kind !== "user") return fill(start, el("h2", { text: t("start.made") }), el("p", { text: t("start.made.how") }));
    const box = el("div", { class: "row" });
    fill(start, el("h2", { text: t("start") }), el("p", { text: t("start.how", { users: this.about.users, items: this.about.items }) }), box);
    return new Place(box).ask(path("users", { q: "", limit: 5 }), undefined, ({ users }) =>
      fill(box, users.map((one) => button(one.id, () => this.go({ user: one.id }), { class: "who" }))),
    );
  }

  #show(found) {
    this.#found = found;
    find("found").classList.remove("alone");
    const switcher = find("personal-switch");
    switcher.setAttribute("aria-checked", String(found.personal));
    switcher.textContent = t(found.personal ? "personal.on" : "personal.off");
    find("list-title").textContent = this.user ? t("list.for", { user: this.user }) : t("list.made");
    find("said").textContent = t("list.said", { n: found.items.length });
    this.#rows(found.items);
    this.#profile(found);
    if (this.#kind !== "user") this.#retitle(found.history);
    this.#past(found.history, found.history_total ?? found.history.length);
    const kept = found.items.find((one) => one.item === this.#item) ?? found.items[0];
    if (kept) this.open(kept.item);
    else this.reasons.clear(t("list.empty"));
  }

  #note(n = 0) {
    const { personal, feedback } = this.#found;
    const parts = [];
    if (n) parts.push(t("list.without", { n }));
    else if (!personal) parts.push(t("list.impersonal"));
    if (!n && feedback) parts.push(t("list.feedback", { n: feedback }));
    find("list-note").textContent = parts.join(" ");
    find("list-note").hidden = parts.length === 0;
  }

  /** The list; with `before`, also how each item moved since. */
  #rows(items, before = null, hidden = 0) {
    const was = new Map((before ?? []).map((one) => [one.item, one.rank]));
    const change = ({ item, rank }) => {
      if (!before) return null;
      const old = was.get(item);
      if (old === undefined) return el("small", { class: "move comes", text: t("move.new") });
      if (old === rank) return null;
      return el("small", { class: "move", text: t(old > rank ? "move.up" : "move.down", { n: Math.abs(old - rank) }) });
    };
    const row = (one) =>
      el(
        "li",
        {},
        button("", () => this.open(one.item, true), {
          class: "item",
          data: { item: one.item },
          aria: { current: String(one.item === this.#item) },
        }),
      );
    const box = el("ol", { class: "plain items" }, items.map(row));
    items.forEach((one, i) =>
      fill(
        box.children[i].firstChild,
        el("span", { class: "rank", text: whole(one.rank) }),
        el("span", { class: "title", text: one.title }),
        el("span", { class: "side" }, change(one), el("span", { class: "score", text: number(one.score) })),
      ),
    );
    fill(find("list"), items.length ? box : el("p", { class: "empty", text: t("list.empty") }));
    this.#note(hidden);
  }

  /** Shows the list as it is with reasons switched off; null puts it back. */
  moved_to(items, hidden) {
    find("list-card").classList.toggle("moved", items !== null);
    if (items) this.#rows(items, this.#found.items, hidden);
    else if (this.#found) this.#rows(this.#found.items);
  }

  /** Opens the reasons of an item. */
  open(item, asked = false) {
    this.#item = item;
    for (const one of document.querySelectorAll("#list .item")) one.setAttribute("aria-current", String(one.dataset.item === item));
    this.moved();
    this.reasons.open(item, asked);
  }

  #profile({ profile, by }) {
    const most = Math.max(1e-12, ...profile.flatMap((one) => [Math.abs(one.share), one.before ?? 0]));
    const who = () => ({ recommender: this.recommender, user: this.user, k: this.k });
    const row = (one) => {
      const title = named(by === "behavior" ? "behavior" : "value", one.interest);
      const times = one.multiplier ?? 1;
      const was = one.before ?? one.share;
      const moved = Math.abs(was - one.share) > 0.005;
      return el(
        "li",
        { data: { interest: one.interest } },
        el("span", { class: "name", text: title }),
        times !== 1 && el("span", { class: "badge", text: times === 0 ? t("profile.deleted") : t("profile.times", { x: String(times) }) }),
        el("span", { class: "num", text: moved ? t("profile.moved", { was: percent(was), now: percent(one.share) }) : percent(one.share) }),
        bar(0, Math.abs(one.share) / most, one.share < 0 ? "neg" : "pos", { was: moved ? was / most : null }),
        one.interest !== OTHER && el("span", { class: "row tight" }, this.answers.buttons(who, { about: "interest", subject: one.interest, title, by }, { class: "quiet" })),
      );
    };
    const list = el("ul", { class: "plain profile" }, profile.map(row));
    const more = shorten(list, 7, (n) => t("more", { n }), t("fewer"));
    fill(find("profile"), profile.length ? [list, more] : el("p", { class: "empty", text: t("profile.empty") }));
  }

  #past(history, total) {
    find("past-title").textContent = t("past.n", { n: total });
    const row = (one) =>
      el(
        "li",
        {},
        el("span", { class: one.forgotten ? "gone" : null, text: one.title }),
        el("small", { text: one.behavior ? named("behavior", one.behavior) : "" }),
        el("span", { class: "num", text: number(one.interest) }),
      );
    const rest = total - history.length;
    fill(find("past-list"), el("ul", { class: "plain past-items" }, history.map(row)), rest > 0 && el("p", { class: "soft", text: t("past.rest", { n: rest }) }));
  }

  #personal() {
    const answer = find("personal-switch").getAttribute("aria-checked") === "true" ? "off" : "on";
    if (known(`said.user.${answer}`)) {
      this.answers.preview({ recommender: this.recommender, user: this.user, k: this.k }, { about: "user", answer, subject: "", title: "" });
    }
  }
}

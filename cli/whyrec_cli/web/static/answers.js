// What a reader says: its effect is shown first, then it is said, then it can be taken back.

import { Failed, Place, ask, trouble } from "./api.js";
import { button, el, fill, find } from "./dom.js";
import { named, t, whole } from "./words.js";

/** What was said, as a sentence: key by what it is about, the title filled in. */
export function sentence({ about, answer, subject, title, by }) {
  return t(`said.${about}.${answer}`, { title: title || subject, by: by ? named("by", by) : "" });
}

export class Answers {
  #dialog = find("preview");
  #toast = find("toast");
  #open = 0;
  #timer = 0;

  constructor(about) {
    this.readOnly = about.read_only;
    this.known = about.answers ?? {};
    this.heard = () => {};
    this.#dialog.addEventListener("close", () => (this.#open += 1));
  }

  /** Buttons for all that can be said of something. `who` is {recommender, user, k}; `said` {about, subject, title, by}. */
  buttons(who, said, props = {}) {
    if (this.readOnly || !who().user) return [];
    return (this.known[said.about] ?? []).map((answer) =>
      button(t(`answer.${said.about}.${answer}`), () => this.preview(who(), { ...said, answer }), {
        ...props,
        data: { answer },
        aria: { label: t(`answer.${said.about}.${answer}.label`, { title: said.title }) },
      }),
    );
  }

  /** Shows which of the next items would change; nothing is written until it is confirmed. */
  async preview(who, said) {
    const box = el("div", { class: "effect" });
    const confirm = button(t("preview.confirm"), () => this.#say(who, said, confirm, box), { class: "main" });
    const cancel = button(t("preview.cancel"), () => this.#dialog.close());
    fill(
      this.#dialog,
      el("h2", { id: "preview-title", text: sentence(said) }),
      el("p", { class: "soft", text: t(`means.${said.about}.${said.answer}`) }),
      box,
      el("div", { class: "row end" }, cancel, confirm),
    );
    this.#dialog.showModal();
    confirm.focus();
    const mine = this.#open;
    const place = new Place(box);
    this.#dialog.addEventListener("close", () => place.stop(), { once: true });
    const { about, answer, subject, by } = said;
    const asked = { ...who, about, answer, subject, ...(by ? { by } : {}) };
    await place.ask("/api/feedback/preview", asked, (found) => mine === this.#open && fill(box, effect(found)));
  }

  async #say(who, { about, answer, subject, title, by }, confirm, box) {
    confirm.disabled = true;
    try {
      const sent = { user: who.user, about, answer, subject, ...(by ? { by } : {}) };
      const kept = await ask("/api/feedback", sent);
      this.#dialog.close();
      this.#tell(t("toast.said", { text: sentence({ about, answer, subject, title, by }) }), kept.id);
      this.heard();
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      confirm.disabled = false;
      fill(box, trouble(error));
    }
  }

  /** Takes a piece back. */
  async undo(id) {
    try {
      await ask("/api/feedback/undo", { id });
      this.#tell(t("toast.undone"));
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      this.#tell(error.message || t("error.other"));
    }
    this.heard();
  }

  #tell(text, id = null) {
    fill(
      this.#toast,
      el("span", { text }),
      id !== null && button(t("toast.undo"), () => this.undo(id), { id: "undo" }),
      button("×", () => (this.#toast.hidden = true), { class: "quiet", aria: { label: t("toast.close") } }),
    );
    this.#toast.hidden = false;
    clearTimeout(this.#timer);
    if (id === null) this.#timer = setTimeout(() => (this.#toast.hidden = true), 8000);
    (find("undo") ?? find("main")).focus({ preventScroll: true });
  }
}

/** Two lists side by side: the next items as they are, and as they would be. */
function effect({ before, after, left, came }) {
  const gone = new Set(left);
  const fresh = new Set(came);
  const list = (title, rows, marked, kind) =>
    el(
      "div",
      {},
      el("h3", { text: title }),
      rows.length === 0 && el("p", { class: "soft", text: t("list.empty") }),
      el(
        "ol",
        { class: "plain" },
        rows.map((row, i) =>
          el(
            "li",
            { class: marked.has(row.item) ? kind : null, data: { item: row.item } },
            el("small", { class: "rank", text: whole(i + 1) }),
            el("span", { text: row.title }),
            marked.has(row.item) && el("small", { text: t(`preview.${kind}`) }),
          ),
        ),
      ),
    );
  const n = left.length;
  return [
    el("p", { class: "strong", data: { n: String(n) }, text: n ? t("preview.changes", { n, all: before.length }) : t("preview.same") }),
    el("div", { class: "two" }, list(t("preview.before"), before, gone, "leaves"), list(t("preview.after"), after, fresh, "comes")),
  ];
}

// The tab of what was said: newest first, each piece with a button that takes it back.

import { Place, path } from "./api.js";
import { sentence } from "./answers.js";
import { button, el, fill, find } from "./dom.js";
import { moment, t } from "./words.js";

export class Feedback {
  #box = find("entries");
  #place = new Place(this.#box);

  constructor(answers, explore) {
    Object.assign(this, { answers, explore });
  }

  shown() {
    const user = this.explore.user;
    find("feedback-title").textContent = user ? t("feedback.of", { user }) : t("feedback");
    if (!user) {
      this.#place.stop();
      fill(this.#box, el("p", { class: "empty", text: t("feedback.whose") }));
      return;
    }
    this.#place.ask(path("feedback", { user }), undefined, ({ entries }) => this.#show(entries), { keep: true });
  }

  #show(entries) {
    if (entries.length === 0) return fill(this.#box, el("p", { class: "empty", text: t("feedback.none") }));
    const row = (one) =>
      el(
        "li",
        { class: one.undone ? "undone" : null, data: { entry: String(one.id) } },
        el("div", {}, el("p", { text: sentence(one) }), el("small", { class: "soft", text: moment(one.at) })),
        one.undone
          ? el("span", { class: "badge", text: t("feedback.undone") })
          : !this.answers.readOnly &&
              button(t("feedback.undo"), () => this.answers.undo(one.id), { aria: { label: t("feedback.undo.label", { text: sentence(one) }) } }),
      );
    return fill(this.#box, el("ol", { class: "plain entries" }, entries.map(row)));
  }
}

// A text field that finds things while one types: the pattern "combobox with a list" of the ARIA guide.

import { Failed, ask } from "./api.js";
import { el, fill } from "./dom.js";
import { t } from "./words.js";

/**
 * Makes an input and the list beside it one control.
 * `where(text)` is the address to ask, `rows(answer)` gives [{value, text, note}], `chosen(row)` is told.
 */
export function combo(input, list, { where, rows, chosen }) {
  let shown = [];
  let at = -1;
  let running = null;
  let timer = 0;

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = next;
    const row = list.children[at];
    if (!row) return input.removeAttribute("aria-activedescendant");
    row.setAttribute("aria-selected", "true");
    row.scrollIntoView({ block: "nearest" });
    return input.setAttribute("aria-activedescendant", row.id);
  };
  const take = (index) => {
    const row = shown[index];
    if (!row) return;
    clearTimeout(timer);
    running?.abort();
    close();
    chosen(row);
  };
  const open = (answer) => {
    shown = rows(answer);
    const entries = shown.map((row, index) =>
      el(
        "li",
        {
          id: `${list.id}-${index}`,
          role: "option",
          aria: { selected: "false" },
          on: { mousedown: (event) => event.preventDefault(), click: () => take(index) },
        },
        el("span", { text: row.text }),
        row.note && el("small", { text: row.note }),
      ),
    );
    const note = shown.length === 0 ? t("find.none") : answer.more ? t("find.more") : null;
    fill(list, entries, note && el("li", { class: "note", role: "presentation", text: note }));
    at = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  };
  const search = async () => {
    running?.abort();
    const mine = (running = new AbortController());
    try {
      const answer = await ask(where(input.value.trim()), undefined, { signal: mine.signal });
      if (running === mine && document.activeElement === input) open(answer);
    } catch (error) {
      if (error.name === "AbortError" || running !== mine) return;
      if (!(error instanceof Failed)) throw error;
      fill(list, el("li", { class: "note", role: "presentation", text: error.message || t("error.other") }));
      list.hidden = false;
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 150);
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => list.hidden && search());
  input.addEventListener("blur", () => {
    clearTimeout(timer);
    running?.abort();
    close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      event.preventDefault();
      if (!list.hidden) take(Math.max(at, 0));
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) return void search();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark((at + step + shown.length + (at < 0 && step < 0 ? 1 : 0)) % Math.max(1, shown.length));
    }
  });
}

// Questions to the server that gave this page, and to no other.

import { button, el, fill } from "./dom.js";
import { known, percent, t } from "./words.js";

/** An answer that is an error: what the server said, and its number. */
export class Failed extends Error {
  constructor(status, body) {
    const error = body?.error ?? {};
    super(error.message ?? "");
    Object.assign(this, { status, code: error.code ?? "", hint: error.hint ?? "", progress: body?.progress ?? null });
  }
}

async function once(path, body, signal) {
  const sent = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, { ...sent, signal, credentials: "same-origin", headers: { Accept: "application/json", ...sent.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failed(0, null);
  }
  const given = await answer.json().catch(() => null);
  if (!answer.ok) throw Object.assign(new Failed(answer.status, given), { after: Number(answer.headers.get("Retry-After")) });
  return given;
}

/** A second, or as many; less if the question is given up. */
export async function pause(seconds, signal) {
  await new Promise((go) => setTimeout(go, 1000 * seconds));
  signal?.throwIfAborted();
}

/**
 * The answer. Where a model is still learning it asks again each second and tells `waiting` how far that is;
 * `before` is awaited before each question.
 */
export async function ask(path, body, { signal, waiting = () => {}, before = () => {} } = {}) {
  for (let busy = 0; ; ) {
    await before(signal, waiting);
    try {
      return await once(path, body, signal);
    } catch (error) {
      if (error.status !== 503 || (error.progress === null && (busy += 1) > 5)) throw error;
      if (error.progress !== null) waiting(error.progress);
      await pause(Math.min(Math.max(error.after || 1, 1), 5), signal);
    }
  }
}

/** A path with its query, encoded. */
export const path = (name, query = {}) => `/api/${name}?${new URLSearchParams(query)}`;

/** Of the questions for one place only the last counts: the earlier ones are given up. */
export class Place {
  #running = null;

  constructor(box) {
    this.box = box;
  }

  stop() {
    this.#running?.abort();
    this.#running = null;
    this.box.removeAttribute("aria-busy");
  }

  /**
   * Asks and shows what comes of it: loading, learning, an error, or what `show` makes of the answer.
   * `keep`: what stands there stays until then. `held` is told if nothing of it can stay.
   */
  async ask(name, body, show, { keep = false, before, held = () => {} } = {}) {
    this.stop();
    const mine = (this.#running = new AbortController());
    this.box.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => keep || fill(this.box, loading()), 120);
    try {
      const found = await ask(name, body, {
        signal: mine.signal,
        before,
        waiting: (progress) => {
          clearTimeout(slow);
          held();
          fill(this.box, learning(progress));
        },
      });
      clearTimeout(slow);
      if (this.#running !== mine) return null;
      this.box.removeAttribute("aria-busy");
      show(found);
      return found;
    } catch (error) {
      clearTimeout(slow);
      if (this.#running !== mine || error.name === "AbortError") return null;
      this.box.removeAttribute("aria-busy");
      if (!(error instanceof Failed)) throw error;
      held();
      fill(this.box, trouble(error, () => this.ask(name, body, show, { keep, before, held })));
      return null;
    }
  }
}

export const loading = () =>
  el("div", { class: "wait", role: "status" }, el("span", { class: "spin", aria: { hidden: "true" } }), t("wait.loading"));

function learning(progress) {
  const part = Math.min(1, Math.max(0, progress));
  return el(
    "div",
    { class: "wait", role: "status" },
    el("p", { text: t("wait.fitting", { part: percent(part) }) }),
    el("progress", { max: "1", value: String(part), aria: { label: t("wait.progress") } }),
  );
}

/** An error in words: what it means, what the server said of it, and what to do. */
export function trouble(error, again = null) {
  const key = `error.${error.status}`;
  return el(
    "div",
    { class: "trouble", role: "alert" },
    el("p", { class: "strong", text: t(known(key) ? key : "error.other") }),
    error.message && el("p", { text: error.message }),
    error.hint && el("p", { text: error.hint }),
    error.code && el("p", { class: "soft", text: error.code }),
    again && error.status !== 401 && button(t("error.again"), again),
  );
}

// Elements without markup: text is only ever set as text, so that no title can become part of the page.

/** An element. `props`: class, text, on (events), data, aria and any other attribute; false, null and undefined are left out. */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "class") made.className = value;
    else if (name === "text") made.textContent = value;
    else if (name === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name === "aria") for (const [key, said] of Object.entries(value)) made.setAttribute(`aria-${key}`, said);
    else made.setAttribute(name, value === true ? "" : value);
  }
  put(made, ...children);
  return made;
}

/** Adds children: elements, text, lists of them; empty ones are left out. */
export function put(parent, ...children) {
  for (const child of children.flat(3)) if (child || child === 0) parent.append(child);
}

/** Replaces what an element holds. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  put(parent, ...children);
}

export const find = (id) => document.getElementById(id);

/** A button of plain text. */
export function button(text, act, props = {}) {
  return el("button", { type: "button", text, on: { click: act }, ...props });
}

/** The options of a select, and which is chosen. */
export function options(select, pairs, chosen) {
  fill(select, pairs.map(([value, text]) => el("option", { value, text, selected: value === chosen })));
  if (chosen !== undefined) select.value = chosen;
}

/** An id that nothing else on the page has. */
let last = 0;
export const fresh = (name) => `${name}-${(last += 1)}`;

/** A bar from `start` with `length`, both parts of 1; `kind` names its pattern; `zero` and `was` are marks across it. */
export function bar(start, length, kind, { zero = null, was = null } = {}) {
  const part = (from, size, name) => {
    const made = el("i", { class: name });
    made.style.left = `${100 * from}%`;
    made.style.width = `max(${(100 * size).toFixed(3)}%, 2px)`;
    return made;
  };
  const mark = part(start, length, kind);
  const axis = zero === null ? null : el("b");
  if (axis) axis.style.left = `${100 * zero}%`;
  return el("span", { class: "bar", aria: { hidden: "true" } }, axis, mark, was !== null && part(0, was, "was"));
}

/** The first `n` children are shown; a button shows the rest. */
export function shorten(list, n, more, less) {
  const rest = [...list.children].slice(n);
  if (rest.length < 2) return null;
  const show = (open) => {
    for (const child of rest) child.hidden = !open;
    toggle.textContent = open ? less : more(rest.length);
    toggle.setAttribute("aria-expanded", String(open));
  };
  const toggle = button("", () => show(toggle.getAttribute("aria-expanded") !== "true"), { class: "quiet" });
  show(false);
  return toggle;
}

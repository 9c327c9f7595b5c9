// What is wrong with how the page looks now, as a list of sentences.
() => {
  const found = [];
  const name = (e) => `${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : ""}.${[...e.classList].join(".")} “${e.textContent.trim().slice(0, 30)}”`;
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} wide in ${root.clientWidth}`);

  const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !e.closest(".unseen, .skip, svg, noscript");
  const rgba = (text) => {
    const numbers = (text.match(/[\d.]+/g) ?? []).map(Number);
    return numbers.length >= 3 ? [...numbers.slice(0, 3), numbers[3] ?? 1] : null;
  };
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color && color[3] === 1) return color;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
  };
  const light = ([r, g, b]) => {
    const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const modal = document.querySelector("dialog[open]");
  for (const e of document.body.querySelectorAll("*")) {
    if (!seen(e)) continue;
    const style = getComputedStyle(e);
    const words = [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const inline = style.display === "inline";
    if (!inline && style.overflowX === "visible" && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && e.textContent.trim()) {
      found.push(`${name(e)} holds ${e.scrollWidth} in ${e.clientWidth}`);
    }
    if (!words) continue;
    const box = e.getBoundingClientRect();
    const card = e.closest(".card, dialog, .toast, .top, article");
    if (card && !e.closest(".scroll, .combo ul, .wide")) {
      const around = card.getBoundingClientRect();
      if (box.right > around.right + 1 || box.left < around.left - 1) found.push(`${name(e)} leaves ${name(card)}`);
    }
    if (e.closest(":disabled") || e.closest("[aria-busy=true]") || (modal && !modal.contains(e))) continue;
    const [a, b] = [light(rgba(style.color) ?? [0, 0, 0]), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${name(e)} has a contrast of ${ratio.toFixed(2)}`);
  }

  const labelled = (e) =>
    e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || e.textContent.trim() || [...(e.labels ?? [])].some((one) => one.textContent.trim());
  for (const e of document.querySelectorAll("button, input, select, a, dialog[open], [role=tab], [role=listbox]")) {
    if (seen(e) && !labelled(e)) found.push(`${name(e)} has no name`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids) if (ids.filter((one) => one === id).length > 1) found.push(`two elements are #${id}`);
  for (const e of document.querySelectorAll("[aria-controls], [aria-labelledby], label[for]")) {
    for (const kind of ["aria-controls", "aria-labelledby", "for"]) {
      const id = e.getAttribute(kind);
      if (id && !document.getElementById(id)) found.push(`${name(e)} names #${id}, which is not there`);
    }
  }
  const buttons = [...document.querySelectorAll("button, select, input:not([type=radio])")].filter((e) => seen(e) && !e.closest(".scroll, .toast, .proof") && !(modal && !modal.contains(e)));
  for (const [i, one] of buttons.entries()) {
    for (const other of buttons.slice(i + 1)) {
      const [p, q] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
      const over = [Math.min(p.right, q.right) - Math.max(p.left, q.left), Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top)];
      if (over[0] > 1 && over[1] > 1) found.push(`${name(one)} and ${name(other)} overlap`);
    }
  }
  return [...new Set(found)].slice(0, 20);
}

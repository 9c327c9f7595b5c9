// The page's words in the reader's language, and numbers as that language writes them.

const words = JSON.parse(document.getElementById("words").dataset.words);
export const language = document.documentElement.lang || "en";

/** Whether there are words for a key. */
export const known = (key) => Object.hasOwn(words, key);

/** The words of a key with {names} filled in; `key.one` where n is 1 and that exists. */
export function t(key, values = {}) {
  const one = `${key}.one`;
  const text = values.n === 1 && known(one) ? words[one] : words[key];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (all, name) => {
    const value = values[name];
    if (value === undefined) return all;
    return typeof value === "number" ? whole(value) : value;
  });
}

/** Words for a name that the data or a plugin brings, else the name itself. */
export const named = (kind, name) => (known(`${kind}.${name}`) ? words[`${kind}.${name}`] : name);

const wholes = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const percents = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
const thousandths = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
export const whole = (n) => wholes.format(n);
export const percent = (part) => percents.format(part).replace("-", "−");

/** Three significant digits, four decimals at the least size; a true minus sign. */
export function number(x) {
  if (x === null || x === undefined || Number.isNaN(x)) return "–";
  const size = Math.abs(x);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return x.toExponential(1).replaceAll("-", "−");
  const digits = size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
  return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .format(x)
    .replace("-", "−");
}

/** A number as short as can be. */
export const short = (x) => thousandths.format(x);

/** A time in seconds, to the thousandth. */
export const seconds = (x) => (x < 0.001 ? `< ${thousandths.format(0.001)}` : thousandths.format(x));

/** A number with its sign, also where it is positive. */
export const signed = (x) => (x > 0 ? `+${number(x)}` : number(x));

/** A moment, from unix seconds or ISO text. */
export function moment(at) {
  const when = new Date(typeof at === "number" ? at * 1000 : at);
  if (Number.isNaN(when.getTime())) return String(at);
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(when);
}

export function day(at) {
  const when = new Date(typeof at === "number" ? at * 1000 : at);
  if (Number.isNaN(when.getTime())) return String(at);
  return new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(when);
}

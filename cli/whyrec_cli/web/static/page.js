// The start: tabs, the language, and what the parts of the page tell each other.

import { Answers } from "./answers.js";
import { Failed, ask, path, trouble } from "./api.js";
import { Comparison } from "./comparison.js";
import { Data } from "./data.js";
import { fill, find } from "./dom.js";
import { Explore } from "./explore.js";
import { Feedback } from "./feedback.js";

const TABS = ["explore", "comparison", "data", "feedback"];

/** What the address says after #: the tab, and who and what is looked at. */
function told() {
  const [tab, query] = location.hash.slice(1).split("?");
  return { tab: TABS.includes(tab) ? tab : "explore", at: Object.fromEntries(new URLSearchParams(query ?? "")) };
}

async function start() {
  let about;
  try {
    about = await ask(path("about"));
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    fill(find("start"), trouble(error, () => location.reload()));
    return;
  }
  const first = told();
  const answers = new Answers(about);
  const explore = new Explore(about, answers, write);
  const parts = { explore, comparison: new Comparison(), data: new Data(), feedback: new Feedback(answers, explore) };
  let open = first.tab;

  function write() {
    const query = new URLSearchParams(explore.place).toString();
    history.replaceState(null, "", `#${open}${query ? `?${query}` : ""}`);
    for (const link of document.querySelectorAll(".langs a")) link.href = `/?lang=${link.hreflang}${location.hash}`;
  }

  function show(tab, focus = false) {
    open = tab;
    for (const name of TABS) {
      const head = find(`tab-${name}`);
      head.setAttribute("aria-selected", String(name === tab));
      head.tabIndex = name === tab ? 0 : -1;
      find(name).hidden = name !== tab;
    }
    if (focus) find(`tab-${tab}`).focus();
    write();
    parts[tab].shown?.();
  }

  for (const name of TABS) {
    find(`tab-${name}`).addEventListener("click", () => show(name));
    find(`tab-${name}`).addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const goal = step ? (TABS.indexOf(name) + step + TABS.length) % TABS.length : { Home: 0, End: TABS.length - 1 }[event.key];
      if (goal === undefined) return;
      event.preventDefault();
      show(TABS[goal], true);
    });
  }
  answers.heard = () => {
    explore.refresh();
    if (open === "feedback") parts.feedback.shown();
  };
  window.addEventListener("hashchange", () => {
    const now = told();
    explore.go(now.at);
    show(now.tab);
  });
  explore.go(first.at);
  show(first.tab);
}

start();

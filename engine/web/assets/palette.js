// The palette: what can be done on this page, what was looked at last, pages, new records and records, found by any
// part of a word.
import { icon, later, make, root, say } from "./words.js";

let dialog = null;

/** How many of the buttons are shown before anything is typed: what was looked at last is to be in view too. */
const AT_FIRST = 6;

/** What a button says, without the key that does the same. */
function title(button) {
  const own = button.cloneNode(true);
  for (const key of own.querySelectorAll("kbd")) key.remove();
  return own.textContent.trim().replace(/\s+/g, " ");
}

/** The buttons of the page whose words have the text, as a group of hits. */
function doable(text) {
  const wanted = text.toLowerCase();
  const places = "main .head .bar :is(a[href], button), main .tools :is(a.btn, .menu a), main .keep .btn";
  const seen = new Set();
  const buttons = [...document.querySelectorAll(places)].map((button) => ({ title: title(button), icon: "bolt", button }));
  const hits = buttons.filter(({ title }) => title && title.toLowerCase().includes(wanted) && !seen.has(title) && seen.add(title));
  const shown = text ? hits : hits.slice(0, AT_FIRST);
  return shown.length ? [{ label: say("on_this_page"), icon: "bolt", hits: shown }] : [];
}

/** A hit as it is listed: its words with what was looked for marked, and beside it where that was found or stands. */
function item(hit, group, id) {
  const part = ({ text, hit: found }) => (found ? make("mark", {}, text) : text);
  const place = hit.place ? make("small", { class: "place" }, hit.place.label, hit.place.parts.length ? " · " : null, ...hit.place.parts.map(part)) : null;
  const words = make("b", {}, ...(hit.parts ? hit.parts.map(part) : [hit.title]));
  return make("li", { role: "option", id, "data-href": hit.href || "" }, icon(hit.icon || group.icon || "right"), words, place,
    hit.note ? make("small", {}, hit.note) : null, hit.state ? make("span", { class: `chip ${hit.state.tone}` }, hit.state.label) : null);
}

function show() {
  if (dialog) return;
  const input = make("input", { type: "search", placeholder: say("search"), "aria-label": say("search"), role: "combobox", "aria-expanded": "true", "aria-controls": "palette-hits", autocomplete: "off" });
  const list = make("ul", { id: "palette-hits", role: "listbox", "aria-label": say("pages") });
  dialog = make("dialog", { class: "palette", "aria-label": say("search") }, input, list);
  document.body.append(dialog);
  let at = 0;
  let asked = 0;
  const hits = () => [...list.querySelectorAll("[role=option]")];
  const mark = (place) => {
    const all = hits();
    at = Math.max(0, Math.min(all.length - 1, place));
    all.forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    all[at]?.scrollIntoView({ block: "nearest" });
    if (all[at]) input.setAttribute("aria-activedescendant", all[at].id);
  };
  let buttons = [];
  const fill = (groups) => {
    let number = 0;
    buttons = groups.flatMap((group) => group.hits.map((hit) => hit.button));
    const items = groups.flatMap((group) => [
      make("li", { class: "group", role: "presentation" }, group.label),
      ...group.hits.map((hit) => item(hit, group, `palette-${number++}`)),
    ]);
    list.replaceChildren(...(items.length ? items : [make("li", { class: "group" }, say("nothing_found"))]));
    mark(0);
  };
  const look = async () => {
    const mine = ++asked;
    const here = doable(input.value.trim());
    // What this page knows by itself is there at once.
    if (!list.children.length && here.length) fill(here);
    try {
      const answer = await fetch(`${root}/find?q=${encodeURIComponent(input.value.trim())}`);
      const found = answer.ok ? (await answer.json()).groups : [];
      if (mine === asked) fill([...here, ...found]);
    } catch {
      if (mine === asked) fill(here);
    }
  };
  const go = (item) => {
    if (!item) return;
    const button = buttons[hits().indexOf(item)];
    if (!button) return location.assign(item.dataset.href);
    dialog.close();
    button.click();
  };
  input.addEventListener("input", later(120, look));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(hits()[at]);
    }
  });
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    dialog = null;
  });
  dialog.showModal();
  look();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    show();
  }
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-open=palette]") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  show();
});

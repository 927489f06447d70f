// The palette: what can be done on this page, pages, new records and records, found by any part of a word.
import { later, make, root, say } from "./words.js";

let dialog = null;

/** The buttons above the page whose words have the text, as a group of hits. */
function doable(text) {
  const wanted = text.toLowerCase();
  const buttons = [...document.querySelectorAll("main .head .bar :is(a[href], button)")].map((button) => ({ title: button.textContent.trim().replace(/\s+/g, " "), button }));
  const hits = buttons.filter(({ title }) => title && title.toLowerCase().includes(wanted));
  return hits.length ? [{ label: say("on_this_page"), hits }] : [];
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
      ...group.hits.map((hit) => make("li", { role: "option", id: `palette-${number++}`, "data-href": hit.href || "" }, make("b", {}, hit.title), hit.note ? make("small", {}, hit.note) : null)),
    ]);
    list.replaceChildren(...(items.length ? items : [make("li", { class: "group" }, say("nothing_found"))]));
    mark(0);
  };
  const look = async () => {
    const mine = ++asked;
    const here = doable(input.value.trim());
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

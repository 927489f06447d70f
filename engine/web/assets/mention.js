// Comments: behind an `@` people are looked for by name, and chosen by keyboard or mouse.
import { later, make } from "./words.js";

let count = 0;

export function mentions(part) {
  for (const area of part.querySelectorAll("[data-mention]")) {
    if (!area.dataset.ready) liven(area);
  }
}

/** The word behind the last `@` before the cursor. */
function word(area) {
  return area.value.slice(0, area.selectionStart).match(/(^|[^A-Za-z0-9])@([^\s@]{0,20})$/)?.[2];
}

function liven(area) {
  area.dataset.ready = "yes";
  const list = make("ul", { role: "listbox", id: `people-${++count}`, hidden: true, class: "people" });
  area.after(list);
  let hits = [];
  let at = 0;
  const close = () => {
    list.hidden = true;
  };
  const mark = (place) => {
    at = (place + hits.length) % hits.length;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
  };
  const take = (place) => {
    const begun = word(area);
    const cursor = area.selectionStart;
    const before = area.value.slice(0, cursor - begun.length);
    area.value = `${before}${hits[place].login} ${area.value.slice(cursor)}`;
    area.selectionStart = area.selectionEnd = before.length + hits[place].login.length + 1;
    close();
    area.focus();
  };
  const look = later(140, async () => {
    const begun = word(area);
    if (begun === undefined) return close();
    try {
      const answer = await fetch(`${area.dataset.mention}&q=${encodeURIComponent(begun)}`);
      hits = answer.ok ? (await answer.json()).hits.filter((hit) => hit.login) : [];
    } catch {
      hits = [];
    }
    list.replaceChildren(...hits.map((hit) => make("li", { role: "option" }, hit.title, make("small", {}, hit.login))));
    list.hidden = !hits.length;
    if (hits.length) mark(0);
  });
  area.addEventListener("input", () => {
    area.rows = Math.min(8, area.value.split("\n").length + (area.value.length > 40 ? 1 : 0));
    look();
  });
  area.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    take([...list.children].indexOf(event.target.closest("li")));
  });
  area.addEventListener("keydown", (event) => {
    if (!list.hidden) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        return mark(at + (event.key === "ArrowDown" ? 1 : -1));
      }
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        return take(at);
      }
      if (event.key === "Escape") {
        event.stopPropagation();
        return close();
      }
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) area.form.requestSubmit();
  });
}

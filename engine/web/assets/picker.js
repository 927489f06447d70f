// References: what is typed is looked for, and one of the hits is chosen. Without it the name or number is resolved
// by the server when the form is sent.
import { open } from "./ask.js";
import { later, make, say } from "./words.js";

let count = 0;

export function pickers(part) {
  for (const box of part.querySelectorAll(".picker")) {
    if (!box.dataset.ready) liven(box);
  }
}

function liven(box) {
  box.dataset.ready = "yes";
  const input = box.querySelector("input:not([type=hidden])");
  const chosen = box.querySelector("input[type=hidden]");
  const by = box.dataset.by;
  const several = "several" in box.dataset;
  const list = make("ul", { role: "listbox", id: `hits-${++count}`, hidden: true });
  box.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) {
    input.setAttribute(name, value);
  }
  let hits = [];
  let at = -1;
  let asked = 0;

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (place) => {
    at = place;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    const item = list.children[at];
    if (item) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }
  };
  // What is not there yet is made here, and then chosen.
  const create = async () => {
    const text = input.value.trim();
    close();
    const like = box.dataset.createAs && text ? `?${new URLSearchParams({ [box.dataset.createAs]: text })}` : "";
    await open(`${box.dataset.create}${like}`, {}, async (answer) => {
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      input.value = made.querySelector("h1")?.textContent.trim() || text;
      if (chosen) chosen.value = made.querySelector("[data-seen]")?.dataset.id || "";
      input.dispatchEvent(new Event("change", { bubbles: true }));
      input.focus();
    });
  };
  const take = (place) => {
    if (hits[place]?.create) return create();
    const hit = hits[place];
    if (!hit) return;
    const text = (by && several && hit[by]) || hit.title;
    const parts = input.value.split(/[,，、]\s*/);
    input.value = several ? [...parts.slice(0, -1), text].join(", ") : text;
    if (chosen) chosen.value = (by && hit[by]) || hit.id;
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const look = later(140, async () => {
    const mine = ++asked;
    const q = several ? input.value.split(/[,，、]\s*/).pop() : input.value;
    let found;
    try {
      const answer = await fetch(`${box.dataset.search}&q=${encodeURIComponent(q)}`);
      found = answer.ok ? (await answer.json()).hits : [];
    } catch {
      found = [];
    }
    if (mine !== asked || document.activeElement !== input) return;
    hits = found;
    if (box.dataset.create) hits = [...hits, { create: true, title: `${say("create_new")} ${q.trim()}` }];
    list.replaceChildren(...hits.map((hit, i) => make("li", { role: "option", id: `${list.id}-${i}`, "aria-selected": "false" },
      hit.title, hit.note || hit.state ? make("small", {}, hit.note || hit.state.label) : null)));
    if (!hits.length) list.append(make("li", { class: "muted" }, say("nothing_found")));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    if (hits.length && q && !hits[0].create) mark(0);
  });

  input.addEventListener("input", () => {
    if (chosen) chosen.value = "";
    look();
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", look);
  input.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    take([...list.children].indexOf(event.target.closest("li")));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      event.stopPropagation();
      if (list.hidden) return look();
      mark((at + (event.key === "ArrowDown" ? 1 : -1) + hits.length) % Math.max(1, hits.length));
    } else if (event.key === "Enter" && !list.hidden && at >= 0 && !event.ctrlKey) {
      event.preventDefault();
      event.stopPropagation();
      take(at);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === "Tab" && !list.hidden && at >= 0 && input.value) {
      take(at);
    }
  });
}

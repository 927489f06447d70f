// A form while it is filled in: its conditions as the server sees them, a draft that outlives a lost connection, and
// a warning before what was typed is left behind.
import { later, make, say } from "./words.js";

export function forms(part) {
  for (const form of part.querySelectorAll("form[data-form]")) {
    if (!form.dataset.ready) liven(form);
  }
}

function liven(form) {
  form.dataset.ready = "yes";
  let changed = false;
  let asked = 0;

  const look = later(250, async () => {
    if (!form.dataset.preview) return;
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (answer.ok && mine === asked) show(form, await answer.json());
      note(form, changed ? say("unsaved") : "");
    } catch {
      note(form, say("offline"));
    }
  });
  // What is sensitive is encrypted where the book lies; it is not left behind on a device.
  const secret = (form.dataset.private || "").split(" ").filter(Boolean);
  const isKept = ([name]) => !name.startsWith("_rev") && !secret.includes(name.split("[")[0]);
  const keep = later(600, () => {
    if (form.dataset.draft) store(form.dataset.draft, JSON.stringify({
      title: secret.length ? "" : document.querySelector("h1")?.textContent.trim(),
      values: [...new FormData(form)].filter(isKept),
    }));
  });
  const typed = () => {
    changed = true;
    note(form, say("unsaved"));
    look();
    keep();
  };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);

  if (form.dataset.form === "edit" && !form.dataset.shown) form.addEventListener("submit", (event) => send(event, form, () => {
    changed = false;
  }));
  addEventListener("beforeunload", (event) => {
    if (changed && form.dataset.form === "edit" && form.isConnected) event.preventDefault();
  });
  offer(form, typed);
}

/** Sends the form without leaving the page: a connection that is lost, or a server that is away, loses nothing. What is
 * refused comes back as the page that the server made of it. */
async function send(event, form, sent) {
  event.preventDefault();
  const button = event.submitter;
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, button)), headers: { accept: "text/html" } });
  } catch {
    return note(form, say("offline"));
  } finally {
    delete form.dataset.sending;
  }
  if (answer.redirected) {
    sent();
    if (form.dataset.draft) store(form.dataset.draft, null);
    return location.assign(answer.url);
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("main");
  if (!fresh) return note(form, say("error"));
  const main = document.getElementById("main");
  main.replaceChildren(...document.importNode(fresh, true).childNodes);
  main.dispatchEvent(new Event("liven", { bubbles: true }));
  const first = main.querySelector("#problems, #conflict") || main.querySelector("[data-lines] tbody tr:last-child input:not([type=hidden])");
  first?.focus();
}

/** What holds for each section and field. */
function show(form, state) {
  state.sections.forEach((hidden, at) => {
    const section = form.querySelector(`[data-section="${at}"]`);
    if (section) section.hidden = hidden;
  });
  for (const [name, field] of Object.entries(state.fields)) {
    const box = form.querySelector(`[data-field="${CSS.escape(name)}"]`);
    if (!box) continue;
    box.hidden = field.hidden;
    const label = box.querySelector("label, .label");
    const must = label?.querySelector(".must");
    if (field.required && label && !must) label.append(make("span", { class: "must", "aria-hidden": "true" }, "*"));
    if (!field.required) must?.remove();
    const shown = box.querySelector(`[data-shown="${CSS.escape(name)}"]`);
    if (shown && field.shown !== undefined) shown.textContent = field.shown || "—";
    const rows = field.rows && filled(box);
    rows?.forEach((row, at) => {
      const cells = row.querySelectorAll("td.calc");
      (field.rows[at] || []).forEach((text, i) => {
        if (cells[i]) cells[i].textContent = text || "—";
      });
    });
  }
}

/** The lines that the server saw: blank ones are not sent on. */
function filled(box) {
  return [...box.querySelectorAll("tbody tr")].filter((row) => [...row.querySelectorAll("input, select")].some((input) =>
    input.type === "checkbox" ? input.checked : input.value.trim() !== "" && input.value !== "false"));
}

function note(form, text) {
  const place = form.querySelector("[data-draft-note]");
  if (place) place.textContent = text;
}

/** A draft of an earlier visit is offered, and taken only when the reader says so. */
function offer(form, typed) {
  const kept = form.dataset.draft && store(form.dataset.draft);
  if (!kept || document.querySelector("#problems")) return;
  const restore = make("button", { type: "button", class: "btn s" }, say("restore"));
  const drop = make("button", { type: "button", class: "btn s quiet" }, say("drop"));
  const box = make("div", { class: "note", role: "status" }, make("div", {}, say("draft_found")), restore, drop);
  form.prepend(box);
  drop.addEventListener("click", () => {
    store(form.dataset.draft, null);
    box.remove();
  });
  restore.addEventListener("click", () => {
    const { values } = JSON.parse(kept);
    grow(form, values);
    for (const name of new Set(values.map(([name]) => name))) {
      const texts = values.filter(([known]) => known === name).map(([, text]) => text);
      for (const input of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (input.type === "checkbox" || input.type === "radio") input.checked = texts.includes(input.value);
        else input.value = texts[0];
      }
    }
    box.remove();
    note(form, say("draft_kept"));
    typed();
  });
}

/** Adds the lines that a draft has and the form has not. */
function grow(form, values) {
  for (const grid of form.querySelectorAll("[data-lines]")) {
    const at = values.map(([name]) => name.match(/^([^[]+)\[(\d+)\]\./)).filter((match) => match?.[1] === grid.dataset.lines);
    const wanted = Math.max(0, ...at.map((match) => Number(match[2]) + 1));
    const add = grid.parentElement.querySelector(`button[name=_more][value="${CSS.escape(grid.dataset.lines)}"]`);
    while (add && grid.querySelectorAll("tbody tr").length < wanted) add.click();
  }
}

/** The drafts that this device keeps of whoever is signed in. */
function list() {
  const box = document.querySelector("[data-local-drafts]");
  if (!box) return;
  try {
    const begin = `draft:${document.body.dataset.me}:`;
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(begin));
    box.querySelector("ul").replaceChildren(...keys.map((key) => {
      const href = key.slice(begin.length).replace(/@[^@]*$/, "");
      const title = JSON.parse(localStorage.getItem(key)).title || href;
      return make("li", {}, make("div", { class: "what" }, make("a", { href }, title)));
    }));
    box.hidden = !keys.length;
  } catch {
    box.hidden = true;
  }
}
list();

/** Reads, writes or (with null) removes a draft. A browser that keeps nothing is no reason to stop. */
function store(key, text) {
  try {
    const name = `draft:${document.body.dataset.me}:${key}`;
    if (text === undefined) return localStorage.getItem(name);
    if (text === null) localStorage.removeItem(name);
    else localStorage.setItem(name, text);
  } catch {
    return null;
  }
  return null;
}

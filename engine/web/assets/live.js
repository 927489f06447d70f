// What is new, as it happens: how much waits for the reader, and whether the record of this page was changed. A page
// in the background does not listen: browsers keep few connections open to one server.
import { make, root, say, toast } from "./words.js";

const page = document.querySelector("[data-seen]");
const lists = ["start", "tasks", "messages"].includes(document.body.dataset.page);
let source = null;
let seen = page?.dataset.seen;

function put(selector, count, text = count) {
  for (const badge of document.querySelectorAll(selector)) {
    badge.textContent = text;
    badge.hidden = !count;
  }
}

/** Whether somebody is in the middle of something here. */
function busy() {
  const at = document.activeElement;
  return document.querySelector("dialog[open], details.more[open], #sharing details[open], [name=id]:checked")
    || (at?.closest("main") && at.matches("input, textarea, select"))
    || document.querySelector(".say .token")
    || [...document.querySelectorAll("main textarea")].some((area) => area.value !== area.defaultValue);
}

/** The content of this page as it is now, unless that would disturb the reader. */
async function renew() {
  if (busy()) return false;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
    if (!fresh || busy()) return false;
    for (const note of fresh.querySelectorAll(".note.good")) note.remove();
    const main = document.getElementById("main");
    main.replaceChildren(...document.importNode(fresh, true).childNodes);
    main.dispatchEvent(new Event("liven", { bubbles: true }));
    return true;
  } catch {
    return false;
  }
}

function changed(by) {
  document.getElementById("changed")?.remove();
  const again = make("button", { type: "button", class: "btn s" }, say("reload"));
  again.addEventListener("click", () => location.reload());
  const note = make("div", { class: "note", id: "changed", role: "status" }, make("div", {}, by ? `${by} ${say("has_changed")}` : say("was_changed")), again);
  document.querySelector("main .page")?.prepend(note);
}

async function hear(event) {
  const told = JSON.parse(event.data);
  if (told.counts) {
    // What came between the page and the first word of the stream is not on the page either.
    const late = [...document.querySelectorAll("[data-unread]")].some((badge) => badge.textContent !== String(told.counts.shown));
    put("[data-unread]", told.counts.unread, told.counts.shown);
    put("[data-todo]", told.counts.todo);
    if (lists && (source.heard || late)) renew();
    source.heard = true;
  }
  if (told.message) toast(told.message);
  if (told.changed) changed(told.changed.by);
}

function listen() {
  if (document.hidden || source || !window.EventSource) return;
  const about = page ? `?object=${page.dataset.object}&id=${page.dataset.id}&seen=${seen}` : "";
  source = new EventSource(`${root}/events${about}`);
  source.addEventListener("message", hear);
}

function rest() {
  source?.close();
  source = null;
}

if (document.querySelector("[data-unread]")) {
  listen();
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  addEventListener("pagehide", rest);
  addEventListener("pageshow", listen);
}

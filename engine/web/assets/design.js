// Designers: dragging, and every change in place. Without scripts each button and link is a page of its own.
import { make, say, toast } from "./words.js";

/** The form of the designer on this page, if it is one; it is another element after each change. */
const sheet = () => document.querySelector("form[data-design]");

let sending = null;

/** Carries out a change and shows what came of it, where the reader was. */
async function change(button, values = {}) {
  const form = sheet();
  clearTimeout(pending);
  pending = 0;
  if (sending) await sending.catch(() => {});
  if (form !== sheet()) return again(button, values);
  const data = new FormData(form, button);
  for (const [name, value] of Object.entries(values)) data.set(name, value);
  form.setAttribute("aria-busy", "true");
  const sent = fetch(form.action, { method: "POST", body: new URLSearchParams(data), headers: { accept: "text/html" } }).then((answer) => show(form, answer));
  sending = sent;
  try {
    await sent;
  } catch {
    toast(say("offline"));
  } finally {
    if (sending === sent) sending = null;
    form.removeAttribute("aria-busy");
  }
}

/** The page has changed while this waited: the same button of the new page. */
function again(button, values) {
  const same = button && [...document.querySelectorAll("button[name=do]")].find((other) => other.value === button.value);
  return change(same || null, button && !same ? { do: "set", ...values } : values);
}

async function look(href) {
  if (pending) await change(null, { do: "set" });
  if (sending) await sending.catch(() => {});
  await show(sheet(), await fetch(href, { headers: { accept: "text/html" } }));
}

async function show(form, answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("main");
  if (!fresh) return toast(say("error"));
  const main = document.getElementById("main"), focus = document.activeElement;
  const typed = form && focus?.id && form.contains(focus) && "value" in focus && focus.type !== "checkbox" && focus.tagName !== "SELECT" ? { text: focus.value, at: focus.selectionStart, sent: focus.defaultValue } : null;
  const known = focus?.id ? `#${CSS.escape(focus.id)}` : focus?.name === "do" ? `button[name=do][value="${CSS.escape(moved(focus.value))}"]` : focus?.getAttribute?.("href") ? `a[href="${CSS.escape(focus.getAttribute("href"))}"]` : null;
  const scrolls = [".picture", ".kinds", ".beside"].map((part) => [part, document.querySelector(part)]).filter(([, part]) => part).map(([part, { scrollLeft, scrollTop }]) => [part, scrollLeft, scrollTop]);
  const [x, y] = [scrollX, scrollY];
  const unfolded = [...main.querySelectorAll("details[id][open]")].map((part) => part.id);
  main.replaceChildren(...document.importNode(fresh, true).childNodes);
  if (answer.url && answer.ok) history.replaceState(null, "", answer.url);
  for (const [part, left, top] of scrolls) Object.assign(document.querySelector(part) || {}, { scrollLeft: left, scrollTop: top });
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  scrollTo(x, y);
  main.dispatchEvent(new Event("liven", { bubbles: true }));
  liven();
  const next = known && main.querySelector(known);
  if (next) {
    next.focus({ preventScroll: true });
    // What was typed while this was on its way is not lost.
    if (typed && typed.text !== typed.sent && next.value !== typed.text) {
      next.value = typed.text;
      next.setSelectionRange?.(typed.at, typed.at);
    }
  }
  main.querySelector("#problems")?.scrollIntoView({ block: "nearest" });
}

/** The button of an item that was moved: it counts from another place now. */
function moved(value) {
  const counted = value.match(/^(up|down) (.*\/)(\d+)$/);
  return counted ? `${counted[1]} ${counted[2]}${Number(counted[3]) + (counted[1] === "up" ? -1 : 1)}` : value;
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-design]")) return;
  event.preventDefault();
  change(event.submitter);
});

// A property takes effect when it is left: the preview and the picture follow. A button or link that is being pressed
// comes first: under the pointer nothing may be exchanged.
let pending = 0;
function soon() {
  clearTimeout(pending);
  pending = setTimeout(() => (drag || pressed ? soon() : change(null, { do: "set" })), 120);
}
let pressed = false;
addEventListener("pointerdown", () => { pressed = true; }, true);
for (const up of ["pointerup", "pointercancel"]) addEventListener(up, () => { pressed = false; }, true);

document.addEventListener("change", (event) => {
  if (event.target.closest("form[data-design]") && /^[a-z]:/.test(event.target.name || "")) soon();
});

// Ctrl+Z where nothing is being typed: the last change of the edit.
document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key) || !sheet()) return;
  if (event.target.closest("input:not([type=checkbox]), textarea")) return;
  const ahead = key === "y" || event.shiftKey;
  const button = document.querySelector(`button[data-step=${ahead ? "ahead" : "back"}]:enabled`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("form[data-design] a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
  const href = link.getAttribute("href");
  const step = link.dataset.step;
  if (!step && new URL(href, location.href).pathname !== new URL(sheet().action).pathname) return;
  event.preventDefault();
  if (dragged) return;
  if (step) return at(Number(step));
  look(href);
});

// --- Dragging: with a pointer of any kind. ---

let drag = null, dragged = false;

document.addEventListener("pointerdown", (event) => {
  dragged = false;
  if (event.button !== 0 || !sheet()?.contains(event.target)) return;
  const spot = event.target.closest("[data-link]");
  const source = spot || event.target.closest("[data-drag]");
  if (!source || event.target.closest("input, select, textarea, .moves")) return;
  // A finger scrolls by what is no handle.
  if (event.pointerType === "touch" && !event.target.closest(".grip, .chipbtn, [data-link]")) return;
  drag = { source, spot, x: event.clientX, y: event.clientY, begun: false };
});
document.addEventListener("dragstart", (event) => { if (sheet()?.contains(event.target)) event.preventDefault(); });

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (!drag.begun) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 5) return;
    begin();
    if (!drag) return;
  }
  event.preventDefault();
  if (drag.spot) return aim(event);
  drag.ghost.style.left = `${event.clientX + 10}px`;
  drag.ghost.style.top = `${event.clientY + 8}px`;
  over(event.clientX, event.clientY);
  const edge = 60;
  if (event.clientY < edge) scrollBy(0, -14);
  if (event.clientY > innerHeight - edge) scrollBy(0, 14);
});

function begin() {
  drag.begun = true;
  document.body.classList.add("dragging");
  if (drag.spot) {
    const svg = drag.spot.closest("svg");
    drag.line = document.createElementNS(svg.namespaceURI, "line");
    drag.line.setAttribute("class", "line");
    const port = drag.spot.querySelector(".port");
    drag.line.setAttribute("x1", port?.getAttribute("cx") || 0);
    drag.line.setAttribute("y1", port?.getAttribute("cy") || 0);
    if (port) svg.append(drag.line);
    else stop();
    return;
  }
  drag.source.classList.add("held");
  const name = drag.source.querySelector(":scope > a b") || drag.source;
  drag.ghost = make("div", { class: "ghost", "aria-hidden": "true" }, name.textContent.trim());
  drag.mark = make("li", { class: "drop-line", "aria-hidden": "true" });
  document.body.append(drag.ghost);
}

/** The end of an arrow that is drawn. */
function aim(event) {
  if (!drag.line) return;
  const svg = drag.spot.closest("svg"), matrix = svg.getScreenCTM().inverse();
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  drag.line.setAttribute("x2", point.x);
  drag.line.setAttribute("y2", point.y);
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-link]");
  drag.to = under && under !== drag.spot ? under : null;
  for (const spot of svg.querySelectorAll(".aim")) if (spot !== drag.to) spot.classList.remove("aim");
  drag.to?.classList.add("aim");
}

/** Whether a list takes what is dragged: sections take no fields, and fields no sections. */
function takes(list) {
  const { only, not } = drag.source.dataset;
  if (only || "own" in list.dataset) return list.dataset.into === only;
  if (drag.source.contains(list)) return false;
  return list.dataset.into !== not && !(list.dataset.into === "sections");
}

function over(x, y) {
  // A shape that is dropped on an arrow comes between its two nodes.
  drag.arrow = drag.source.dataset.only === "nodes" ? document.elementFromPoint(x, y)?.closest("[data-arrow]") : null;
  for (const way of document.querySelectorAll(".way")) way.classList.toggle("aim", way === drag.arrow);
  let list = document.elementFromPoint(x, y)?.closest("[data-into]");
  while (list && !takes(list)) list = list.parentElement.closest("[data-into]");
  for (const other of document.querySelectorAll("[data-into].over")) if (other !== list) other.classList.remove("over");
  drag.list = list || null;
  if (!list) return drag.mark.remove();
  list.classList.add("over");
  const items = [...list.children].filter((item) => item.matches("[data-item]") && item !== drag.source);
  const next = items.find((item) => { const box = item.getBoundingClientRect(); return y < box.top + Math.min(box.height, 60) / 2; });
  drag.place = next ? items.indexOf(next) : items.length;
  if (!list.matches(".items")) return;
  if (next) next.before(drag.mark);
  else list.append(drag.mark);
}

document.addEventListener("pointerup", () => {
  if (!drag) return;
  const done = drag;
  stop();
  if (!done.begun) return;
  dragged = true;
  // The click that follows a drag is none.
  setTimeout(() => { dragged = false; }, 0);
  if (done.spot) {
    if (done.to) change(null, { do: `connect ${done.spot.dataset.link}`, target: done.to.dataset.link });
  } else if (done.list) {
    const onto = done.arrow ? { onto: done.arrow.dataset.arrow, target: done.arrow.dataset.to } : {};
    change(null, { do: "drop", what: done.source.dataset.drag, into: done.list.dataset.into, place: String(done.place), ...onto });
  }
});
document.addEventListener("click", (event) => {
  if (dragged && sheet()?.contains(event.target)) { event.preventDefault(); event.stopImmediatePropagation(); }
}, true);
for (const ends of ["pointercancel", "blur"]) addEventListener(ends, stop);
addEventListener("keydown", (event) => { if (event.key === "Escape" && drag?.begun) { event.stopPropagation(); stop(); } }, true);

function stop() {
  if (!drag) return;
  drag.ghost?.remove();
  drag.mark?.remove();
  drag.line?.remove();
  drag.source.classList.remove("held");
  for (const part of document.querySelectorAll(".over, .aim")) part.classList.remove("over", "aim");
  document.body.classList.remove("dragging");
  drag = null;
}

// --- The run that shows why a flow is not sound. ---

let playing = 0;

/** Shows one step of it on the picture. */
function at(step) {
  const last = Number(document.querySelector("[data-trace]").dataset.trace);
  for (const part of document.querySelectorAll(".draw [data-steps]")) {
    const steps = part.dataset.steps.split(" ").filter(Boolean).map(Number);
    const stuck = step === last && part.dataset.stuck;
    const present = steps.includes(step), past = steps.some((one) => one < step);
    for (const shape of part.querySelectorAll(".edge, .tip, .node, .why-edge")) {
      shape.classList.toggle("now", present);
      shape.classList.toggle("past", !present && !stuck && past);
      shape.classList.toggle("stuck", Boolean(stuck));
    }
  }
  for (const link of document.querySelectorAll("[data-step]")) {
    if (Number(link.dataset.step) === step) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
  }
}

function play(step) {
  clearTimeout(playing);
  const trace = document.querySelector("[data-trace]");
  if (!trace || step > Number(trace.dataset.trace)) return;
  at(step);
  playing = setTimeout(() => play(step + 1), 1100);
}
document.addEventListener("click", (event) => { if (event.target.closest("[data-play]")) play(1); });

function liven() {
  for (const button of document.querySelectorAll("[data-play]")) button.hidden = false;
}
liven();

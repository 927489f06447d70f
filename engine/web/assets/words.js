// What the scripts of a page say, and small things they all need.
const words = JSON.parse(document.getElementById("words")?.textContent || "{}");

/** A word in the language of the page. */
export const say = (key) => words[key] || key;

/** The address of the book, such as `/book`. */
export const root = document.body.dataset.root || "";

/** An element with attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A symbol of `icons.svg`, for eyes only. */
export function icon(name) {
  const box = document.createElement("template");
  box.innerHTML = '<svg class="icon" aria-hidden="true"><use></use></svg>';
  box.content.querySelector("use").setAttribute("href", `${document.body.dataset.assets}/icons.svg#${name}`);
  return box.content.firstElementChild;
}

/** Says something for a moment. */
export function toast(text) {
  document.querySelector(".toast")?.remove();
  const note = make("div", { class: "toast", role: "status" }, text);
  document.body.append(note);
  setTimeout(() => note.remove(), 4000);
}

/** Waits until nothing was called for a while. */
export function later(milliseconds, work) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), milliseconds);
  };
}

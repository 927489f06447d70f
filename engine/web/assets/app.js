// Brings a page to life. Everything here is a comfort: without it a page works as well, with more clicks.
import "./keys.js";
import { pickers } from "./picker.js";
import { forms } from "./form.js";
import { grids } from "./lines.js";
import { uploads } from "./upload.js";
import { tabs } from "./tabs.js";
import { mentions } from "./mention.js";
import { root, toast } from "./words.js";
import "./list.js";
import "./filter.js";
import "./board.js";
import "./ask.js";
import "./palette.js";
import "./live.js";
import "./numbers.js";

/** Parts of a page that came later, such as a dialog, are brought to life by the same functions. */
export function liven(part) {
  pickers(part);
  grids(part);
  uploads(part);
  forms(part);
  tabs(part);
  mentions(part);
}

liven(document);
document.addEventListener("liven", (event) => liven(event.target));

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-do=print]")) window.print();
  if (event.target.closest("[data-do=back]")) history.back();
  // What computes a value is a title, which nobody without a mouse would see.
  const why = event.target.closest(".why");
  if (why) toast(why.title);
  // A menu closes when something else is clicked.
  for (const menu of document.querySelectorAll("details.more[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Where the reader came from is a page to go back to only when there is one.
for (const back of document.querySelectorAll("[data-do=back]")) back.hidden = history.length < 2;

// Where a record stands on the path of its states is in view, and so is this page in the menu.
for (const [row, place] of [[".path", ".now"], [".views", "[aria-current]"]]) {
  const bar = document.querySelector(row);
  const now = bar?.querySelector(place);
  if (now && bar.scrollWidth > bar.clientWidth) bar.scrollLeft = now.offsetLeft - bar.offsetLeft - 40;
}
const ways = document.querySelector(".side .ways");
const here = ways?.querySelector("[aria-current]");
if (here && here.offsetTop + here.offsetHeight > ways.scrollTop + ways.clientHeight) ways.scrollTop = here.offsetTop - ways.clientHeight / 2;

// Which modules of the menu are open is kept for the next page.
for (const module of document.querySelectorAll(".module")) {
  module.querySelector("summary").addEventListener("click", () => setTimeout(() => {
    const open = [...module.parentElement.querySelectorAll(".module[open]")].map((one) => one.dataset.module);
    document.cookie = `formwork-menu=${open.join(".")}; path=${root}; max-age=31536000; samesite=lax`;
  }));
}

// After a form was refused, the reader begins at what is wrong; in a new record at its first field, unless a
// keyboard would come up over it.
const problems = document.getElementById("problems");
if (problems) problems.focus();
else if (/\/new$/.test(location.pathname) && !matchMedia("(pointer: coarse)").matches) {
  document.querySelector("form[data-form=edit] .box:not([hidden]) :is(input:not([type=hidden], [type=checkbox]), select, textarea)")?.focus();
}

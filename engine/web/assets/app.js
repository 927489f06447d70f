// Brings a page to life. Everything here is a comfort: without it a page works as well, with more clicks.
import "./keys.js";
import { pickers } from "./picker.js";
import { forms } from "./form.js";
import { grids } from "./lines.js";
import { uploads } from "./upload.js";
import { tabs } from "./tabs.js";
import { mentions } from "./mention.js";
import "./list.js";
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
  // A menu closes when something else is clicked.
  for (const menu of document.querySelectorAll("details.more[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// After a form was refused, the reader begins at what is wrong.
document.getElementById("problems")?.focus();

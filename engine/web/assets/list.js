// Lists: what is selected is counted, a box above selects the page, and a row is opened where it is clicked.
import { say } from "./words.js";

function count(form) {
  const boxes = [...document.querySelectorAll("[name=id][type=checkbox]")].filter((box) => box.form === form);
  const bar = form.querySelector(".bulk") || document.getElementById(`${form.id}-bar`);
  const chosen = boxes.filter((box) => box.checked).length;
  if (!bar) return;
  bar.classList.toggle("on", chosen > 0);
  bar.querySelector("[data-selected]").textContent = `${chosen} ${say("selected")}`;
  const all = form.querySelector("[data-all]");
  if (all) {
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form || !("list" in form.dataset)) return;
  if (event.target.matches("[data-all]")) {
    for (const box of form.querySelectorAll("[name=id]")) box.checked = event.target.checked;
  }
  count(form);
});
document.addEventListener("reset", (event) => setTimeout(() => "list" in event.target.dataset && count(event.target)));
for (const form of document.querySelectorAll("form[data-list]")) count(form);

document.addEventListener("click", (event) => {
  const row = event.target.closest(".rows tbody tr");
  if (!row || event.target.closest("a, button, input, label, select") || getSelection().toString()) return;
  const link = row.querySelector("td.first a");
  if (!link) return;
  if (event.ctrlKey || event.metaKey) open(link.href);
  else link.click();
});

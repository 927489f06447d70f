// Lists: what is selected is counted, a box above selects the page, and a row is opened where it is clicked.
import { liven } from "./app.js";
import { say, toast } from "./words.js";

function count(form) {
  // `form.id` would be the inputs of that name.
  const boxes = [...document.querySelectorAll("[name=id][type=checkbox]")].filter((box) => box.form === form);
  const bar = form.querySelector(".bulk") || document.getElementById(`${form.getAttribute("id")}-bar`);
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
  if (!row || event.target.closest("a, button, input, label, select, td[data-edit]") || getSelection().toString()) return;
  const link = row.querySelector("td.first a");
  if (!link) return;
  if (event.ctrlKey || event.metaKey) open(link.href);
  else link.click();
});

// A table that is wider than its frame says so at its right edge.
for (const box of document.querySelectorAll(".scroll, .grid")) {
  const tell = () => box.classList.toggle("beyond", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  box.addEventListener("scroll", tell, { passive: true });
  new ResizeObserver(tell).observe(box);
}

// A cell is changed where it stands: by a double click, or by F2 in its row. Enter keeps it, Tab goes on, Esc leaves it.
let editing = null;

async function edit(cell) {
  if (editing) return;
  editing = cell;
  const row = cell.closest("tr");
  const href = `${location.pathname}/${row.dataset.id}/field/${cell.dataset.edit}`;
  let form = null;
  try {
    const answer = await fetch(href, { headers: { accept: "text/html" } });
    if (answer.ok) form = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-ask]");
  } catch {
    toast(say("offline"));
  }
  const box = form?.querySelector(".box");
  if (!box) {
    editing = null;
    return;
  }
  const rev = form.querySelector("[name=_rev]").value;
  const before = [...cell.childNodes];
  const own = document.importNode(box, true);
  own.classList.add("cell");
  for (const input of own.querySelectorAll("[name]")) input.setAttribute("form", "none");
  own.querySelector("label:not(.tick)")?.classList.add("sr");
  cell.replaceChildren(own);
  cell.classList.add("open");
  liven(own.parentElement);
  const input = own.querySelector("input:not([type=hidden]), select, textarea");
  input?.focus();
  const close = (nodes) => {
    editing = null;
    cell.classList.remove("open");
    cell.replaceChildren(...nodes);
  };
  const keep = async (then) => {
    const body = new URLSearchParams({ _rev: rev, back: location.pathname });
    for (const part of own.querySelectorAll("[name]")) {
      if (!["checkbox", "radio"].includes(part.type) || part.checked) body.append(part.name, part.value);
    }
    let answer;
    try {
      answer = await fetch(href, { method: "POST", body, headers: { accept: "text/html" } });
    } catch {
      return toast(say("offline"));
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.redirected) {
      toast(page.querySelector(".error, #problems")?.textContent.trim() || say("error"));
      return input?.focus();
    }
    const list = await fetch(location.href, { headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await list.text(), "text/html");
    const same = fresh.querySelector(`tr[data-id="${CSS.escape(row.dataset.id)}"]`);
    close(before);
    if (!same) return location.reload();
    const column = [...row.children].indexOf(cell);
    const next = document.importNode(same, true);
    row.replaceWith(next);
    const cells = [...next.children].slice(column + 1).filter((known) => known.dataset.edit);
    if (then === "next" && cells[0]) edit(cells[0]);
    else next.querySelector("td.first a")?.focus();
  };
  own.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close(before);
      row.querySelector("td.first a")?.focus();
    } else if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      keep(event.key === "Tab" ? "next" : "stay");
    }
  });
  own.addEventListener("focusout", (event) => {
    if (editing === cell && event.relatedTarget && !own.contains(event.relatedTarget)) close(before);
  });
}

document.addEventListener("dblclick", (event) => {
  const cell = event.target.closest("td[data-edit]:not(.open)");
  if (cell) edit(cell);
});
document.addEventListener("keydown", (event) => {
  const row = event.key === "F2" && event.target.closest(".rows tr[data-id]");
  const cell = row && row.querySelector("td[data-edit]");
  if (!cell) return;
  event.preventDefault();
  edit(cell);
});

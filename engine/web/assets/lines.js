// Lines as a grid: Enter goes down and adds a line at the end, cells of a spreadsheet can be pasted.
import { pickers } from "./picker.js";

export function grids(part) {
  for (const grid of part.querySelectorAll("[data-lines]")) {
    if (!grid.dataset.ready) liven(grid);
  }
}

function liven(grid) {
  grid.dataset.ready = "yes";
  const name = grid.dataset.lines;
  const body = grid.querySelector("tbody");
  const form = grid.closest("form");
  const add = grid.parentElement.querySelector(`button[name=_more][value="${CSS.escape(name)}"]`);

  const inputs = (row) => [...row.querySelectorAll("td input:not([type=hidden]), td select")];
  const touch = () => form.dispatchEvent(new Event("input", { bubbles: true }));
  const place = (row) => [...body.children].indexOf(row);

  function renumber() {
    [...body.children].forEach((row, at) => {
      row.dataset.row = at;
      row.querySelector(".at").firstChild.textContent = at + 1;
      for (const input of row.querySelectorAll("[name]")) input.name = input.name.replace(/\[\d+\]/, `[${at}]`);
      for (const input of row.querySelectorAll("[id^=f-]")) input.id = input.id.replace(/^(f-.+?-)\d+(-)/, `$1${at}$2`);
      const drop = row.querySelector("button[name=_drop]");
      if (drop) drop.value = `${name}[${at}]`;
    });
  }

  /** One line more; none where the reader may not add any. */
  function grow() {
    if (!add) return null;
    const row = body.lastElementChild.cloneNode(true);
    for (const input of row.querySelectorAll("input, select")) {
      if (input.type === "checkbox") input.checked = false;
      else if (input.value !== "false" || input.type !== "hidden") input.value = "";
      input.removeAttribute("aria-invalid");
    }
    for (const cell of row.querySelectorAll("td.calc")) cell.textContent = "—";
    for (const old of row.querySelectorAll(".error-text, .picker ul")) old.remove();
    for (const cell of row.querySelectorAll("td.wrong")) cell.classList.remove("wrong");
    for (const box of row.querySelectorAll(".picker")) delete box.dataset.ready;
    body.append(row);
    renumber();
    pickers(row);
    return row;
  }

  add?.addEventListener("click", (event) => {
    event.preventDefault();
    inputs(grow())[0]?.focus();
    touch();
  });
  grid.addEventListener("click", (event) => {
    const drop = event.target.closest("button[name=_drop]");
    if (!drop) return;
    event.preventDefault();
    const row = drop.closest("tr");
    if (body.children.length === 1) grow();
    row.remove();
    renumber();
    touch();
  });
  grid.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest("tr");
    if (!row || !event.target.matches("input, select")) return;
    const column = inputs(row).indexOf(event.target);
    const up = event.key === "ArrowUp";
    if (event.key === "Enter" || ((up || event.key === "ArrowDown") && event.target.matches("input:not([role=combobox])"))) {
      event.preventDefault();
      const next = up ? row.previousElementSibling : row.nextElementSibling;
      const grown = !next && event.key === "Enter" ? grow() : null;
      // A new line begins at its first cell.
      if (next || grown) inputs(next || grown)[grown ? 0 : column]?.focus();
    }
  });
  grid.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text.trim()) || !event.target.matches("input")) return;
    event.preventDefault();
    const first = event.target.closest("tr");
    const column = inputs(first).indexOf(event.target);
    const start = place(first);
    text.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((line, down) => {
      const row = body.children[start + down] || grow();
      if (row) line.split("\t").forEach((cell, right) => fill(inputs(row)[column + right], cell.trim()));
    });
    touch();
  });
}

/** Puts a text into an input, an option by its value or its label. */
function fill(input, text) {
  if (!input) return;
  if (input.matches("select")) {
    const option = [...input.options].find((known) => known.value === text || known.label === text);
    if (option) input.value = option.value;
  } else if (input.type === "checkbox") {
    input.checked = ["1", "true", "是", "yes"].includes(text.toLowerCase());
  } else {
    input.value = input.classList.contains("num") ? text.replace(/[,¥$€£\s]/g, "") : text;
    const chosen = input.closest(".picker")?.querySelector("input[type=hidden]");
    if (chosen) chosen.value = "";
  }
}

// What only the pages of the administration do. Without it they work as well.
import "./editor.js";
import "./design.js";
import { say, toast } from "./words.js";

/** On a phone the parts are a row that is scrolled: the present one is in view. */
const part = document.querySelector(".parts [aria-current]");
if (part) part.parentElement.scrollLeft = part.offsetLeft - 40;

/** The choices of a search take effect at once. */
for (const form of document.querySelectorAll("form[role=search]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select[name=object], select[name=flow]")) form.requestSubmit();
  });
}

/** Which records and fields an object has is known when the object is. */
for (const form of document.querySelectorAll("form.question")) {
  form.addEventListener("change", (event) => {
    if (!event.target.matches("select[name=object]")) return;
    for (const name of ["id", "id._id", "field"]) if (form.elements[name]) form.elements[name].value = "";
    form.noValidate = true;
    form.requestSubmit();
  });
}

/** A grid is walked through with the arrows and Enter, and not left with something unsaved. */
for (const form of document.querySelectorAll("form[data-grid]")) {
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  form.addEventListener("keydown", (event) => {
    const input = event.target.closest("tbody input");
    if (!input || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[event.key];
    if (!step) return;
    const row = input.closest("tr"), at = [...row.querySelectorAll("input")].indexOf(input);
    let other = row;
    do other = step > 0 ? other.nextElementSibling : other.previousElementSibling; while (other?.classList.contains("told"));
    const next = other?.querySelectorAll("input")[at];
    if (next && !(event.key === "Enter" && other.classList.contains("new"))) {
      event.preventDefault();
      next.focus();
      next.select();
    }
  });
}

/** A file is read into the field beside it. */
for (const label of document.querySelectorAll("[data-file-into]")) {
  label.hidden = false;
  label.addEventListener("change", async (event) => {
    const file = event.target.files[0];
    const into = label.closest("form").elements[label.dataset.fileInto];
    if (file) into.value = /\.xlsx$/i.test(file.name) ? await sheet(label.dataset.sheets, file) : words(await file.arrayBuffer());
  });
}

/** The text of a file: Excel in China writes a CSV in its own encoding unless it is told otherwise. */
function words(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

/** The server reads sheets: a workbook is more than text. */
async function sheet(address, file) {
  const answer = await fetch(address, { method: "POST", headers: { accept: "application/json" }, body: file }).catch(() => null);
  if (answer?.ok) return answer.text();
  toast(answer ? (await answer.json()).detail : say("offline"));
  return "";
}

/** What takes long says so. */
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.value === "publish") button.setAttribute("aria-busy", "true");
});

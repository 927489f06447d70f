// The filter builder: a row fits the field and the comparison that are chosen in it. The page says how, asked anew with
// what is chosen so far; without this it says so when the filter is applied.
import { liven } from "./app.js";

/** What the form says, without what belonged to another field. */
function chosen(form, row, select) {
  const asked = new URLSearchParams(new FormData(form));
  const at = row.dataset.cond;
  const gone = select.name === `f${at}` ? [`o${at}`, `v${at}`, `v${at}._id`] : [];
  for (const name of gone) asked.delete(name);
  asked.set("panel", "filter");
  return asked;
}

document.addEventListener("change", async (event) => {
  const select = event.target.closest("[data-cond] > select:is([name^=f], [name^=o])");
  if (!select) return;
  const { form, name } = select;
  const row = select.closest("[data-cond]");
  let page;
  try {
    const answer = await fetch(`${form.getAttribute("action")}?${chosen(form, row, select)}`, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return;
  }
  const rows = [...page.querySelectorAll("[data-cond]")];
  for (const fresh of rows) {
    const known = form.querySelector(`[data-cond="${fresh.dataset.cond}"]`);
    if (known && known !== row) continue;
    const own = document.importNode(fresh, true);
    if (known) known.replaceWith(own);
    else form.querySelector(":scope > .bar").before(own);
    liven(own.parentElement);
  }
  form.querySelector(`[name="${name}"]`)?.focus();
});

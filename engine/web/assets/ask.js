// Forms of actions in a dialog: the page that asks is fetched, shown above, and sent without leaving; what is refused
// stays open with what was typed.
import { say, toast } from "./words.js";

/** The form of a page. */
async function form(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-ask], form[data-form=edit]");
}

function put(dialog, part, more) {
  const own = document.importNode(part, true);
  own.classList.remove("card");
  // A draft belongs to its own page, and there is no list to go back to from here.
  delete own.dataset.draft;
  own.dataset.shown = "dialog";
  own.querySelector("button[value=list]")?.remove();
  for (const [name, value] of Object.entries(more)) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    own.append(input);
  }
  dialog.replaceChildren(own);
  own.dispatchEvent(new Event("liven", { bubbles: true }));
  dialog.dispatchEvent(new Event("liven", { bubbles: true }));
  const first = own.querySelector("[aria-invalid], .in input:not([type=hidden]), .in select, .in textarea") || own.querySelector("footer button");
  first?.focus();
  return own;
}

/** Shows the form at an address; what it comes to is shown by the page the server sends the browser to, or given to
 * `done`. */
export async function open(href, more = {}, done = null) {
  let part;
  try {
    part = await form(await fetch(href, { headers: { accept: "text/html" } }));
  } catch {
    return toast(say("offline"));
  }
  if (!part) return location.assign(href);
  const dialog = document.createElement("dialog");
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close], .keep a")) {
      event.preventDefault();
      dialog.close();
    }
  });
  dialog.addEventListener("submit", async (event) => {
    event.preventDefault();
    const sent = event.target;
    const button = event.submitter;
    if (button) button.disabled = true;
    try {
      const answer = await fetch(sent.action, { method: "POST", body: new URLSearchParams(new FormData(sent, button)), headers: { accept: "text/html" } });
      if (answer.redirected && done) {
        dialog.close();
        return done(answer);
      }
      if (answer.redirected) return location.assign(answer.url);
      const again = await form(answer);
      if (again) put(dialog, again, more);
      else toast(say("error"));
    } catch {
      toast(say("offline"));
      if (button) button.disabled = false;
    }
  });
  dialog.showModal();
  put(dialog, part, more);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog=ask]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const menu = link.closest("details.more");
  if (menu) menu.open = false;
  open(link.href);
});

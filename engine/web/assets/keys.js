// The keyboard: every element with `data-key` is reached by that key; `?` says which there are.
import { make, say } from "./words.js";

const typing = (element) => element.closest("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const control = event.ctrlKey || event.metaKey;
  const form = document.querySelector("dialog[open] form") || document.querySelector("form[data-form=edit]");
  if (control && event.key.toLowerCase() === "s" && form) {
    event.preventDefault();
    return form.requestSubmit(form.querySelector("button[value=stay]") || form.querySelector("footer button"));
  }
  if (control && event.key === "Enter" && form) {
    event.preventDefault();
    return form.requestSubmit(form.querySelector("button[value=list]") || form.querySelector("footer button"));
  }
  if (control || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    const menu = document.querySelector("details.more[open]");
    if (menu) {
      menu.open = false;
      return menu.querySelector("summary").focus();
    }
    if (typing(event.target)) return event.target.blur();
    return document.querySelector("[data-key=Escape]")?.click();
  }
  if (typing(event.target)) return;
  if (event.key === "?") return help();
  if (event.key === "ArrowDown" || event.key === "ArrowUp" || event.key === "j" || event.key === "k") return row(event);
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input")) target.select();
  else target.click();
});

/** The next or previous row of a list gets the focus. */
function row(event) {
  const links = [...document.querySelectorAll(".rows td.first a, .plainlist a, .task a.title, .note-card a")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const down = event.key === "ArrowDown" || event.key === "j";
  const next = links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + (down ? 1 : -1)))];
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function help() {
  const keys = [["Ctrl K", "key_palette"], ["/", "key_find"], ["n", "key_new"], ["e", "key_edit"], ["↓ ↑", "key_rows"],
    ["Ctrl S", "key_save"], ["Ctrl ↵", "key_save_close"], ["Esc", "key_close"], ["?", "key_help"]];
  const names = { key_palette: say("key_palette"), key_find: say("key_find"), key_new: say("key_new"), key_edit: say("key_edit"),
    key_rows: say("key_rows"), key_save: say("key_save"), key_save_close: say("key_save_close"), key_close: say("key_close"), key_help: say("key_help") };
  const dialog = make("dialog", { "aria-label": say("help") },
    make("header", {}, make("h2", {}, say("help"))),
    make("div", { class: "keys" }, ...keys.map(([key, word]) => make("div", {}, names[word], make("kbd", {}, key)))));
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.showModal();
}

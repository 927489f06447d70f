// Files: chosen or dropped, kept by the server at once; the form holds what it answered.
import { make, root, say, toast } from "./words.js";

export function uploads(part) {
  for (const box of part.querySelectorAll(".drop-file")) {
    if (!box.dataset.ready) liven(box);
  }
}

function liven(box) {
  box.dataset.ready = "yes";
  const several = box.dataset.several === "true";
  const form = box.closest("form");
  const held = form.querySelector(`input[type=hidden][name="${CSS.escape(box.dataset.file)}"]`);
  const input = box.querySelector("input[type=file]");
  const list = make("span", { class: "files" });
  const button = make("button", { type: "button", class: "btn s" }, say("upload"));
  box.querySelector("span").replaceWith(list);
  box.append(button);
  let files = [].concat(held.value ? JSON.parse(held.value) : []);

  function show() {
    held.value = files.length ? JSON.stringify(several ? files : files[0]) : "";
    list.replaceChildren(...files.map((file, at) => {
      const drop = make("button", { type: "button", class: "btn s quiet", "aria-label": `${say("remove")} ${file.name}` }, "×");
      drop.addEventListener("click", () => {
        files.splice(at, 1);
        show();
        form.dispatchEvent(new Event("input", { bubbles: true }));
      });
      return make("span", { class: "token" }, file.name, drop);
    }));
  }
  async function keep(chosen) {
    for (const file of chosen) {
      const answer = await fetch(`${root}/api/files?name=${encodeURIComponent(file.name)}`, {
        method: "POST",
        headers: { "content-type": file.type || "application/octet-stream" },
        body: file,
      }).catch(() => null);
      if (!answer?.ok) {
        toast(answer ? (await answer.json()).detail : say("offline"));
        continue;
      }
      const kept = await answer.json();
      files = several ? [...files, kept] : [kept];
    }
    show();
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => keep([...input.files]));
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    keep([...event.dataTransfer.files]);
  });
  show();
}

// How much waits for the reader, kept up to date while a page stays open.
import { root } from "./words.js";

const EVERY = 30000;

function put(selector, count) {
  for (const badge of document.querySelectorAll(selector)) {
    badge.textContent = count;
    badge.hidden = !count;
  }
}

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(`${root}/pulse`);
    if (!answer.ok) return;
    const counts = await answer.json();
    put("[data-unread]", counts.unread);
    put("[data-todo]", counts.todo);
  } catch {
    // Without a connection the numbers stay as they are.
  }
}

if (document.querySelector("[data-unread]")) {
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
}

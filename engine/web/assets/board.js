// A board: a card that is dragged into a lane takes the action that leads there, with its form when it has one. Without
// a mouse its button asks for the lane.
import { open } from "./ask.js";
import { make, say, toast } from "./words.js";

const board = document.querySelector("[data-board]");
let held = null;

function over(lane) {
  for (const known of board.querySelectorAll(".lane")) known.classList.toggle("over", known === lane);
}

/** The action of a card that leads to a lane: its moves are `STATE:ACTION`. */
function action(card, lane) {
  const moves = card.dataset.moves.split(" ").map((move) => move.split(":"));
  return moves.find(([state]) => state === lane)?.[1];
}

async function drop(card, lane) {
  if (card.closest(".lane") === lane) return;
  const href = card.querySelector("a").pathname;
  if (board.dataset.board) return change(card, href, lane.dataset.lane);
  const name = action(card, lane.dataset.lane);
  if (!name) return toast(say("no_move"));
  await open(`${href}/act/${name}`, { _back: "board" });
}

/** A board by a choice changes the field. */
async function change(card, href, value) {
  const [, book, object, id] = href.split("/");
  const answer = await fetch(`/${book}/api/${object}/${id}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ [board.dataset.board]: value, rev: Number(card.dataset.rev) }),
  });
  if (answer.ok) return location.reload();
  toast((await answer.json()).detail || say("error"));
}

/** The lanes that a card can go to. */
function lanes(card) {
  const others = [...board.querySelectorAll(".lane")].filter((lane) => lane !== card.closest(".lane"));
  return board.dataset.board ? others : others.filter((lane) => action(card, lane.dataset.lane));
}

/** Asks to which lane a card goes. */
function choose(card) {
  const ways = lanes(card).map((lane) => {
    const way = make("button", { type: "button" }, lane.querySelector("h2").textContent);
    way.addEventListener("click", () => {
      dialog.close();
      drop(card, lane);
    });
    return way;
  });
  const title = `${say("move_to")} ${card.querySelector("a").textContent}`;
  const dialog = make("dialog", { class: "small", "aria-label": title }, make("header", {}, make("h2", {}, title)), make("div", { class: "menu" }, ...ways));
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.showModal();
}

if (board) {
  for (const card of board.querySelectorAll(".note-card")) card.querySelector(".move").hidden = !lanes(card).length;
  board.addEventListener("click", (event) => {
    const button = event.target.closest(".move");
    if (button) choose(button.closest(".note-card"));
  });
  board.addEventListener("dragstart", (event) => {
    held = event.target.closest(".note-card");
    if (!held) return;
    held.classList.add("held");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.dataset.id);
  });
  board.addEventListener("dragend", () => {
    held?.classList.remove("held");
    held = null;
    over(null);
  });
  board.addEventListener("dragover", (event) => {
    const lane = event.target.closest(".lane");
    if (!held || !lane) return;
    event.preventDefault();
    over(lane);
  });
  board.addEventListener("drop", (event) => {
    const lane = event.target.closest(".lane");
    if (!held || !lane) return;
    event.preventDefault();
    drop(held, lane);
  });
}

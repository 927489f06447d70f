// A board: a card that is dragged into a lane takes the action that leads there, with its form when it has one.
import { open } from "./ask.js";
import { say, toast } from "./words.js";

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

if (board) {
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

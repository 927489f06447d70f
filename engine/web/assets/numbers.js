// The start page does not wait for the numbers of dashboards: they come when they are counted.
for (const place of document.querySelectorAll("[data-numbers]")) {
  fetch(place.dataset.numbers, { headers: { accept: "text/html" } })
    .then((answer) => (answer.ok ? answer.text() : ""))
    .then((text) => {
      const tiles = new DOMParser().parseFromString(text, "text/html").querySelectorAll(".tile");
      place.replaceChildren(...tiles);
      place.hidden = tiles.length === 0;
    })
    .catch(() => {});
}

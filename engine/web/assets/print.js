// The button of a page to print. Without it the browser's own menu prints as well.
document.querySelector("[data-do=print]")?.addEventListener("click", () => window.print());

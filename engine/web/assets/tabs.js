// Tabs: one part of a page at a time, the first with something wrong before all others. Without scripts their links
// lead to the parts, one below the other.
export function tabs(part) {
  for (const bar of part.querySelectorAll("[data-tabs]")) {
    if (!bar.dataset.ready) liven(bar);
  }
}

function liven(bar) {
  bar.dataset.ready = "yes";
  const links = [...bar.querySelectorAll("[data-tab-link]")];
  const sections = [...bar.parentElement.querySelectorAll("[data-tab]")];
  const key = `tab:${location.pathname.replace(/\/edit$/, "")}`;
  bar.setAttribute("role", "tablist");
  bar.classList.add("on");
  const show = (at) => {
    for (const link of links) {
      const is = link.dataset.tabLink === at;
      link.setAttribute("aria-selected", String(is));
      link.tabIndex = is ? 0 : -1;
    }
    for (const section of sections) section.classList.toggle("off", section.dataset.tab !== at);
    try {
      sessionStorage.setItem(key, at);
    } catch {
      // A browser that keeps nothing begins at the first tab.
    }
  };
  for (const link of links) {
    link.setAttribute("role", "tab");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(link.dataset.tabLink);
    });
    link.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
      event.preventDefault();
      const next = links[(links.indexOf(link) + (event.key === "ArrowRight" ? 1 : links.length - 1)) % links.length];
      show(next.dataset.tabLink);
      next.focus();
    });
  }
  const wrong = sections.find((section) => section.querySelector(".wrong"));
  let kept = null;
  try {
    kept = sessionStorage.getItem(key);
  } catch {
    kept = null;
  }
  const known = links.some((link) => link.dataset.tabLink === kept);
  show(wrong?.dataset.tab ?? (known ? kept : links[0].dataset.tabLink));
  // A link to something inside another tab opens that tab.
  document.addEventListener("click", (event) => {
    const target = event.target.closest("a[href^='#f-']");
    const section = target && document.getElementById(target.hash.slice(1))?.closest("[data-tab]");
    if (section) show(section.dataset.tab);
  });
}

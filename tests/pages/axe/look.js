// Looks for what a reader of screens would stumble over: controls without a name, labels without a control, ids that
// are there twice, text whose contrast is below 4.5 (3 when it is large). Gives what was found.
const found = [];
const shown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
const name = (element) => (element.getAttribute("aria-label") || (element.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)?.textContent || "").join("")
  || [...(element.labels || [])].map((label) => label.textContent).join("") || element.textContent || element.getAttribute("title") || "").trim();
for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
  if (shown(element) && !name(element)) found.push("no name: " + element.outerHTML.slice(0, 160));
}
for (const label of document.querySelectorAll("label[for]")) {
  if (!document.getElementById(label.htmlFor)) found.push("label for nothing: " + label.outerHTML.slice(0, 120));
}
const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) found.push("twice: #" + id);
for (const element of document.querySelectorAll("[aria-describedby], [aria-controls]")) {
  for (const id of (element.getAttribute("aria-describedby") || "").split(" ").filter(Boolean)) if (!document.getElementById(id)) found.push("described by nothing: #" + id);
}
if (document.querySelectorAll("h1").length !== 1) found.push("h1: " + document.querySelectorAll("h1").length);
if (!document.querySelector("main")) found.push("no main");
for (const image of document.querySelectorAll("img")) if (!image.hasAttribute("alt")) found.push("no alt: " + image.src);
for (const cell of document.querySelectorAll("table th")) if (shown(cell) && !name(cell) && !cell.querySelector("input")) found.push("empty th");
const parse = (text) => { const n = text.match(/[\d.]+/g).map(Number); return text.startsWith("color(srgb") ? [n[0] * 255, n[1] * 255, n[2] * 255, n[3] ?? 1] : [n[0], n[1], n[2], n[3] ?? 1]; };
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
const behind = (element) => { const layers = []; for (let e = element; e; e = e.parentElement) { layers.push(parse(getComputedStyle(e).backgroundColor)); } return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]); };
const light = (color) => [0, 1, 2].map((i) => { const c = color[i] / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const element = node.parentElement;
  if (!node.textContent.trim() || !shown(element) || element.closest("script, svg, [aria-hidden=true], [disabled], .sr, .skip")) continue;
  const style = getComputedStyle(element), ground = behind(element), ink = over(parse(style.color), ground);
  const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
  const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(2)}: ${element.className || element.tagName} "${node.textContent.trim().slice(0, 30)}"`);
}
return [...new Set(found)];

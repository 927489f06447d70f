//! Pages for people who do not see them or hold no mouse: names, contrast, headings, the way of the focus.

use serde_json::Value as Json;

use super::{browser::Browser, site::Shop};

/// Looks for what a reader of screens would stumble over: controls without a name, labels without a control, ids that
/// are there twice, levels of headings that are skipped, text whose contrast is below 4.5 (3 when it is large).
pub(super) const LOOK: &str = r#"
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
"#;

/// axe-core, see `axe/README.md`.
const AXE: &str = include_str!("axe/axe.min.js");

/// What axe finds that is serious or worse.
const SERIOUS: &str = r#"
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then((results) => done(results.violations
  .filter((found) => ["serious", "critical"].includes(found.impact))
  .map((found) => `${found.id}: ${found.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`)));
"#;

#[tokio::test]
async fn every_page_can_be_read_and_used_without_eyes_or_mouse() {
    let shop = Shop::new();
    shop.create("buyer", r#"{"name": "东方", "city": "sh"}"#);
    let order = shop.create("order", r#"{"name": "A", "kind": "gift", "card": "x", "buyer": "东方", "boss": "lin", "due": "2026-03-09", "lines": [{"item": "X", "price": 3}]}"#);
    shop.ask("POST", &format!("{order}/act/submit"), "wu", "en", "").await.sent_to();
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    let paths = [
        "/shop".to_owned(),
        "/shop/tasks".to_owned(),
        "/shop/messages".to_owned(),
        "/shop/menu".to_owned(),
        "/shop/search?q=A".to_owned(),
        "/shop/order".to_owned(),
        "/shop/order?panel=filter&f0=kind&o0=eq&v0=gift".to_owned(),
        "/shop/order?panel=columns".to_owned(),
        "/shop/order?panel=views".to_owned(),
        "/shop/order?group=kind".to_owned(),
        "/shop/order/board".to_owned(),
        "/shop/order/calendar".to_owned(),
        "/shop/tasks?list=drafts".to_owned(),
        "/shop/tasks?list=proxies".to_owned(),
        "/shop/trip/new".to_owned(),
        "/shop/order/new".to_owned(),
        order.clone(),
        format!("{order}/edit"),
        format!("{order}/flow"),
        format!("{order}/print/order_sheet"),
        format!("{order}/delete"),
        "/shop/sign-in".to_owned(),
        "/shop/nothing".to_owned(),
    ];
    for theme in ["light", "dark"] {
        browser.run(&format!("document.cookie = 'formwork-theme={theme}; path=/'")).await;
        for path in &paths {
            browser.go(path).await;
            let found = browser.run(LOOK).await;
            assert_eq!(found, Json::Array(Vec::new()), "{theme} {path}");
            browser.run(AXE).await;
            let found = browser.run_to_end(SERIOUS).await;
            assert_eq!(found, Json::Array(Vec::new()), "axe: {theme} {path}");
        }
    }
    browser.close().await;
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let shop = Shop::new();
    let order = shop.create("order", r#"{"name": "A"}"#);
    let browser = Browser::open(&shop, "lin", "en", (1440, 900)).await;
    browser.go("/shop/order").await;
    let body = browser.at("body").await;
    // The first stop is the way past the menu.
    body.send_keys("\u{E004}").await.unwrap();
    assert_eq!(browser.run("return document.activeElement.className").await, "skip");
    browser.run("document.activeElement.blur()").await;
    browser.at("body").await.send_keys("?").await.unwrap();
    browser.at("dialog[open] .keys").await;
    browser.run("document.querySelector('dialog').close()").await;
    browser.at("body").await.send_keys("\u{E015}").await.unwrap();
    browser.until("document.activeElement.matches('td.first a')").await;
    browser.run("document.activeElement.click()").await;
    browser.until(&format!("location.pathname === '{order}'")).await;
    browser.at("body").await.send_keys("e").await.unwrap();
    browser.until(&format!("location.pathname === '{order}/edit'")).await;
    browser.close().await;
}

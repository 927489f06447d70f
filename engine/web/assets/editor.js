// The editor of definitions: checks what is typed, underlines what is wrong, completes keys from the schema.
import { later, make, say } from "./words.js";

const area = document.querySelector("textarea[data-editor]");
if (area) edit(area);

function edit(area) {
  const back = area.parentElement.querySelector(".back");
  const gutter = document.querySelector(".gutter");
  const state = document.querySelector("[data-state]");
  const saved = area.value;
  let found = [];
  let asked = 0;

  const draw = () => {
    const text = area.value;
    const marks = found.filter((one) => one.length >= 0).sort((a, b) => a.start - b.start);
    const parts = [];
    let at = 0;
    for (const one of marks) {
      if (one.start < at || one.start > text.length) continue;
      parts.push(text.slice(at, one.start));
      const end = Math.min(text.length, one.start + Math.max(1, one.length));
      parts.push(make("mark", { class: one.error ? "" : "warning" }, text.slice(one.start, end)));
      at = end;
    }
    // A line that ends the text would not be shown without something behind it.
    parts.push(`${text.slice(at)}\n `);
    back.replaceChildren(...parts);
    const lines = text.split("\n").length;
    const worst = new Map();
    for (const one of found) worst.set(one.line, worst.get(one.line) || one.error);
    gutter.replaceChildren(...Array.from({ length: lines }, (_, i) => {
      const number = `${i + 1}\n`;
      return worst.has(i + 1) ? make(worst.get(i + 1) ? "b" : "i", {}, number) : number;
    }));
    follow();
  };
  const follow = () => {
    back.scrollTop = gutter.scrollTop = area.scrollTop;
    back.scrollLeft = area.scrollLeft;
  };

  const check = async () => {
    const mine = ++asked;
    const text = area.value;
    try {
      const answer = await fetch(area.dataset.check, { method: "POST", body: new URLSearchParams({ text }) });
      if (!answer.ok || mine !== asked || text !== area.value) return;
      const told = await answer.json();
      found = told.here;
      list(told);
      draw();
    } catch {
      state.textContent = say("offline");
    }
  };
  const soon = later(250, check);

  function list({ here, elsewhere }) {
    const all = [...here, ...elsewhere];
    document.getElementById("found").replaceChildren(...all.map((one) => make("li", { class: "finding" },
      make("span", { class: `chip ${one.tone}` }, one.code),
      make("div", { class: "what" }, make("b", {}, one.message), one.help ? make("div", { class: "small muted" }, one.help) : null,
        make("div", { class: "small" }, make("a", { class: "mono", href: one.href, "data-line": one.line }, `${one.path}:${one.line}:${one.column}`))))));
    const well = document.getElementById("well");
    well.hidden = all.length > 0;
    well.classList.remove("stale");
  }

  /** Puts the cursor on a line. */
  function go(line) {
    const start = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(start, start);
    area.scrollTop = Math.max(0, (line - 6) * parseFloat(getComputedStyle(area).lineHeight));
    follow();
  }

  area.addEventListener("input", () => {
    state.textContent = area.value === saved ? "" : say("unsaved");
    // What was found is about the text before.
    document.getElementById("well").classList.add("stale");
    draw();
    soon();
  });
  area.addEventListener("scroll", follow);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !event.shiftKey && !completion.open()) {
      event.preventDefault();
      insert("  ");
    } else if (event.key === "Enter" && !completion.open()) {
      const line = area.value.slice(0, area.selectionStart).split("\n").pop();
      const more = /:\s*$/.test(line) ? "  " : "";
      event.preventDefault();
      insert(`\n${line.match(/^\s*/)[0]}${more}`);
    }
  });
  /** What the browser can undo. */
  function insert(text) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  document.getElementById("found").addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    if (link && new URL(link.href).pathname === location.pathname) {
      event.preventDefault();
      go(Number(link.dataset.line));
    }
  });
  area.form.addEventListener("submit", () => { asked = -1; });
  addEventListener("beforeunload", (event) => {
    if (asked >= 0 && area.value !== saved) event.preventDefault();
  });

  const completion = complete(area, insert);
  draw();
  check().then(() => {
    const line = location.hash.match(/^#L(\d+)$/);
    if (line) go(Number(line[1]));
  });
}

/** Keys and words that can stand at the cursor, from the schema of the kind. */
function complete(area, insert) {
  let schema = null;
  let box = null;
  let chosen = 0;
  let offered = [];
  if (area.dataset.keys) fetch(area.dataset.keys).then((answer) => answer.ok ? answer.json() : null).then((json) => { schema = json; });

  const real = (node) => {
    while (node?.$ref) node = schema.$defs?.[node.$ref.split("/").pop()];
    return node;
  };
  /** Every shape that a node can have. */
  const shapes = (node, depth = 0) => {
    node = real(node);
    if (!node || depth > 6) return [];
    const choices = [...(node.anyOf || []), ...(node.oneOf || []).filter((one) => one.const === undefined)];
    return [node, ...choices.flatMap((one) => shapes(one, depth + 1))];
  };
  const below = (nodes, key) => nodes.flatMap((node) => {
    if (key === "-") return node.items ? shapes(node.items) : [];
    if (node.properties?.[key]) return shapes(node.properties[key]);
    return node.additionalProperties && typeof node.additionalProperties === "object" ? shapes(node.additionalProperties) : [];
  });
  /** The keys above the cursor, from its indentation, and what stands before it on its line. */
  function context() {
    const before = area.value.slice(0, area.selectionStart).split("\n");
    const line = before.pop();
    const flow = line.lastIndexOf("{") > line.lastIndexOf("}") ? line.lastIndexOf("{") : -1;
    const path = [];
    let indent = line.search(/\S|$/);
    if (flow >= 0) {
      const head = line.slice(0, flow).match(/([\w-]+):\s*$/);
      const item = /^\s*-\s*$/.test(line.slice(0, flow));
      if (head) path.unshift(head[1]);
      if (item || /^\s*-\s/.test(line)) path.unshift("-");
    } else if (/^\s*-\s/.test(line)) path.unshift("-");
    for (const above of before.reverse()) {
      if (!above.trim() || above.trim().startsWith("#")) continue;
      const own = above.search(/\S/);
      const dash = above.match(/^(\s*)-\s+(.*)$/);
      if (dash && own < indent) {
        path.unshift("-");
        indent = own + (path[1] === undefined ? 0 : 0);
        const key = dash[2].match(/^([\w-]+):\s*$/);
        if (key) path.splice(1, 0, key[1]);
        continue;
      }
      const key = above.match(/^\s*["']?([\w-]+)["']?:/);
      if (key && (own < indent || (path[0] === "-" && own <= indent && !dash))) {
        path.unshift(key[1]);
        indent = own;
        if (own === 0) break;
      }
    }
    const part = flow >= 0 ? line.slice(flow + 1).split(",").pop() : line.replace(/^\s*(-\s+)?/, "");
    const value = part.match(/^\s*([\w-]+):\s+(\[?[\w, -]*)$/);
    return value ? { path: [...path, value[1]], word: value[2].split(/[[,\s]/).pop(), value: true } : { path, word: part.trim(), value: false };
  }
  function offers() {
    if (!schema) return [];
    const { path, word, value } = context();
    if (!/^[\w-]*$/.test(word)) return [];
    const nodes = path.reduce((nodes, key) => below(nodes, key), shapes(schema));
    const found = new Map();
    for (const node of nodes) {
      if (value) {
        for (const one of node.enum || []) found.set(String(one), "");
        for (const one of node.oneOf || []) if (one.const !== undefined) found.set(String(one.const), one.description || "");
        for (const one of node.items ? shapes(node.items) : []) for (const option of one.oneOf || []) if (option.const !== undefined) found.set(String(option.const), option.description || "");
        if ([node.type].flat().includes("boolean") && ![node.type].flat().includes("string")) { found.set("true", ""); found.set("false", ""); }
      } else {
        for (const [key, one] of Object.entries(node.properties || {})) found.set(key, real(one)?.description || one.description || "");
      }
    }
    return [...found].filter(([key]) => key.startsWith(word) && key !== word).map(([key, help]) => ({ key, help, word, value }));
  }
  function show() {
    offered = offers();
    close();
    if (!offered.length) return;
    chosen = 0;
    box = make("ul", { class: "complete", role: "listbox" }, ...offered.map((one, i) => make("li", { role: "option", "aria-selected": String(i === 0), "data-at": i },
      make("b", {}, one.key), one.help ? make("small", {}, one.help.split("\n")[0]) : null)));
    const lines = area.value.slice(0, area.selectionStart).split("\n");
    const style = getComputedStyle(area), height = parseFloat(style.lineHeight);
    const ruler = make("span", {});
    ruler.textContent = lines[lines.length - 1];
    Object.assign(ruler.style, { font: style.font, whiteSpace: "pre", position: "absolute", visibility: "hidden" });
    document.body.append(ruler);
    const left = ruler.getBoundingClientRect().width;
    ruler.remove();
    box.style.top = `${lines.length * height + 12 - area.scrollTop}px`;
    box.style.left = `${Math.min(left + 12 - area.scrollLeft, Math.max(0, area.clientWidth - 260))}px`;
    area.parentElement.append(box);
    box.addEventListener("mousedown", (event) => {
      const item = event.target.closest("li");
      if (item) { event.preventDefault(); take(offered[Number(item.dataset.at)]); }
    });
  }
  function close() {
    box?.remove();
    box = null;
  }
  function take({ key, word, value }) {
    close();
    area.setSelectionRange(area.selectionStart - word.length, area.selectionStart);
    insert(value ? key : `${key}: `);
  }
  area.addEventListener("keydown", (event) => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      return show();
    }
    if (!box) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length;
      [...box.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === chosen)));
      box.children[chosen].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      event.stopImmediatePropagation();
      take(offered[chosen]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  }, true);
  area.addEventListener("input", (event) => {
    if (event.inputType === "insertText" && /[\w ]/.test(event.data || "")) show();
    else close();
  });
  area.addEventListener("blur", close);
  return { open: () => box !== null };
}

// The command palette (Ctrl-K): pages from the sidebar at once, and the store's search as one types.
// The search answers {"results": [{"group", "title", "detail", "url"}]}.
const dialog = document.getElementById("palette");
const input = document.getElementById("palette-input");
const list = document.getElementById("palette-results");
const status = document.getElementById("palette-status");
const PAUSE = 140;

let shown = [];
let chosen = -1;
let asking = null;
let timer = 0;

function pages() {
  const links = [...document.querySelectorAll("[data-nav]")].map((link) => ({
    group: "Go to",
    title: link.querySelector("[data-nav-label]")?.textContent.trim() ?? link.textContent.trim(),
    url: link.href,
    keys: link.dataset.shortcut ?? "",
  }));
  const actions = [...document.querySelectorAll("[data-command]")].map((element) => ({
    group: "Do",
    title: element.dataset.command || element.textContent.trim(),
    run: () => element.click(),
    keys: element.dataset.shortcut ?? "",
  }));
  return [...actions, ...links];
}

// Every word typed must begin a word of the title; better than "contains" for short names.
function fits(title, query) {
  const words = title.toLowerCase().split(/[\s·,-]+/);
  return query.toLowerCase().split(/\s+/).filter(Boolean).every((part) => words.some((word) => word.startsWith(part)));
}

function draw(entries) {
  shown = entries;
  chosen = entries.length ? 0 : -1;
  let group = "";
  const parts = [];
  entries.forEach((entry, index) => {
    if (entry.group !== group) {
      group = entry.group;
      const head = make("div", "group", group);
      head.setAttribute("role", "presentation");
      parts.push(head);
    }
    parts.push(option(entry, index));
  });
  if (!entries.length && input.value.trim()) {
    const nothing = make("p", "nothing", asking ? "Searching…" : "Nothing found. Try a number, a name or an e-mail address.");
    nothing.setAttribute("role", "presentation");
    parts.push(nothing);
  }
  list.replaceChildren(...parts);
  input.setAttribute("aria-expanded", String(entries.length > 0));
  status.textContent = entries.length === 1 ? "1 result" : `${entries.length} results`;
  mark();
}

function option(entry, index) {
  const line = make("div", "option");
  line.id = `palette-option-${index}`;
  line.setAttribute("role", "option");
  line.append(make("span", "", entry.title), make("span", "detail", entry.detail ?? ""));
  if (entry.keys) line.append(make("kbd", "", entry.keys));
  line.addEventListener("pointermove", () => {
    if (chosen !== index) {
      chosen = index;
      mark();
    }
  });
  line.addEventListener("click", (event) => open(index, event.ctrlKey || event.metaKey));
  return line;
}

function make(tag, className, text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

function mark() {
  list.querySelectorAll("[role=option]").forEach((line, index) => {
    line.setAttribute("aria-selected", String(index === chosen));
    if (index === chosen) line.scrollIntoView({ block: "nearest" });
  });
  if (chosen < 0) input.removeAttribute("aria-activedescendant");
  else input.setAttribute("aria-activedescendant", `palette-option-${chosen}`);
}

function open(index, inNewTab = false) {
  const entry = shown[index];
  if (!entry) return;
  dialog.close();
  if (entry.run) entry.run();
  else if (inNewTab) window.open(entry.url, "_blank", "noopener");
  else location.assign(entry.url);
}

function matchingPages(query) {
  const all = pages();
  return query ? all.filter((entry) => fits(entry.title, query)) : all;
}

async function search(query) {
  asking?.abort();
  asking = null;
  const base = document.body.dataset.search;
  const found = matchingPages(query);
  if (!base || query.length < 2) return draw(found);
  asking = new AbortController();
  const mine = asking;
  draw(found);
  try {
    const address = new URL(base, location.href);
    address.searchParams.set("q", query);
    const answer = await fetch(address, { signal: mine.signal, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const { results } = await answer.json();
    if (mine !== asking) return;
    asking = null;
    draw([...results.filter((entry) => safe(entry.url)), ...found]);
  } catch (error) {
    if (error.name === "AbortError" || mine !== asking) return;
    asking = null;
    draw(found);
    status.textContent = "The search did not answer. Pages can still be reached.";
  }
}

const safe = (url) => {
  try {
    return new URL(url, location.href).origin === location.origin;
  } catch {
    return false;
  }
};

export function openPalette() {
  if (!dialog || dialog.open) return;
  input.value = "";
  draw(matchingPages(""));
  dialog.showModal();
  input.focus();
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (dialog.open) dialog.close();
      else openPalette();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-open-palette]")) openPalette();
  });
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => search(input.value.trim()), PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves && shown.length) {
      event.preventDefault();
      chosen = (chosen + moves[event.key] + shown.length) % shown.length;
      mark();
    } else if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault(); // the browser would only empty the field
      dialog.close();
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      open(chosen, event.ctrlKey || event.metaKey);
    }
  });
  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    asking?.abort();
    asking = null;
  });
}

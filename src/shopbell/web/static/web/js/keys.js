// Single-key shortcuts. Any element with data-shortcut="e" or "g o" is pressed by its keys; the `?`
// sheet lists what is on the page. j and k walk through [data-list]; / goes to the search.
// They can be switched off (WCAG 2.1.4), and never act while somebody types.
import { openDialog } from "shopbell/dialogs";
import { recall, remember } from "shopbell/theme";

const PATIENCE = 1200;
const ALWAYS = [
  ["Search or jump to a page", "Ctrl K"],
  ["Go to the search field", "/"],
  ["Next in the list", "j"],
  ["Previous in the list", "k"],
  ["Open", "Enter"],
  ["This sheet", "?"],
];
let first = "";
let since = 0;

export const keysAreOn = () => recall("keys") !== "off";
const typing = (element) => element?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const visible = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? true;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!keysAreOn() || typing(event.target) || document.querySelector("dialog:modal")) return;
  if (event.key === "?") return act(event, openSheet);
  if (event.key === "/") return act(event, focusSearch);
  if (first && performance.now() - since > PATIENCE) first = "";
  const key = event.key.length === 1 ? event.key.toLowerCase() : "";
  if (!key) return;
  const wanted = first ? `${first} ${key}` : key;
  const target = withShortcut(wanted);
  const pending = !first && startsSequence(key);
  first = "";
  if (target) return act(event, () => press(target));
  if (pending) {
    first = key;
    since = performance.now();
    return;
  }
  if (wanted === "j") act(event, () => step(1));
  if (wanted === "k") act(event, () => step(-1));
});

function act(event, what) {
  event.preventDefault();
  what();
}

function withShortcut(keys) {
  return [...document.querySelectorAll(`[data-shortcut="${CSS.escape(keys)}"]`)].find(
    (element) => visible(element) || element.hasAttribute("data-nav"),
  );
}

const startsSequence = (key) => document.querySelector(`[data-shortcut^="${CSS.escape(key)} "]`) !== null;

function press(target) {
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
}

export function focusSearch() {
  const field = [...document.querySelectorAll('main input[type="search"]')].find(visible);
  if (field) field.focus();
  else document.querySelector("[data-open-palette]")?.click();
}

function step(by) {
  const links = [...document.querySelectorAll("[data-list] .row-link, [data-list] .list-item")].filter(visible);
  if (!links.length) return;
  const here = links.findIndex((link) => link === document.activeElement || link.closest("tr, li")?.contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, here + by));
  links[next].focus({ preventScroll: true, focusVisible: true });
  (links[next].closest("tr, li") ?? links[next]).scrollIntoView({ block: "nearest" });
}

function openSheet() {
  const sheet = document.getElementById("keys");
  const list = document.getElementById("keys-list");
  if (!sheet || !list) return;
  const all = [...document.querySelectorAll("[data-shortcut]")];
  const found = [...all.filter((each) => !("nav" in each.dataset)), ...all.filter((each) => "nav" in each.dataset)].map((element) => [nameOf(element), element.dataset.shortcut]);
  const seen = new Set();
  list.replaceChildren(
    ...[...found, ...ALWAYS].filter(([, keys]) => !seen.has(keys) && seen.add(keys)).map(([name, keys]) => line(name, keys)),
  );
  openDialog(sheet);
}

function nameOf(element) {
  const named = element.dataset.shortcutLabel ?? element.querySelector("[data-nav-label]")?.textContent ?? element.getAttribute("aria-label");
  if (named) return element.hasAttribute("data-nav") ? `Go to ${named.trim()}` : named.trim();
  const copy = element.cloneNode(true);
  for (const hint of copy.querySelectorAll("kbd, svg")) hint.remove();
  return copy.textContent.trim() || "Field";
}

function line(name, keys) {
  const row = document.createElement("div");
  const label = document.createElement("span");
  label.textContent = name;
  const hint = document.createElement("span");
  hint.append(
    ...keys.split(" ").flatMap((key) => {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      return [cap, " "];
    }),
  );
  row.append(label, hint);
  return row;
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-open-keys]")) openSheet();
});
const toggle = document.getElementById("keys-on");
if (toggle) {
  toggle.checked = keysAreOn();
  toggle.addEventListener("change", () => remember("keys", toggle.checked ? "on" : "off"));
}

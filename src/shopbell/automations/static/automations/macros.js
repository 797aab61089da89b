// The dialog of macros: what is typed narrows it, the arrows walk through it.
const list = () => document.querySelector("[data-macro-list]");
const shown = () => [...list().querySelectorAll("li:not([hidden]) button")];

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-macro-search]")) return;
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const row of list().children) row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
  document.querySelector("[data-macro-none]").hidden = shown().length > 0;
});

document.addEventListener("keydown", (event) => {
  const place = event.target.closest?.("#macros");
  if (!place || !list()) return;
  const buttons = shown();
  const here = buttons.indexOf(document.activeElement);
  if (event.key === "ArrowDown") buttons[Math.min(here + 1, buttons.length - 1)]?.focus();
  else if (event.key === "ArrowUp") (buttons[here - 1] ?? place.querySelector("[data-macro-search]")).focus();
  else if (event.key === "Enter" && event.target.matches("[data-macro-search]")) buttons[0]?.click();
  else return;
  event.preventDefault();
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id === "macro-body") detail.target.querySelector("[data-fresh]")?.focus();
});

// After a macro: stay, back to the list, or on to the next one of the list as it was when it was run:
// the list may have lost this conversation before the answer is here.
let following = "";

document.addEventListener("submit", (event) => {
  if (!event.target.closest?.("#macros")) return;
  const rows = [...document.querySelectorAll("#desk-rows .list-item")];
  const here = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  following = (here >= 0 && rows[here + 1]?.getAttribute("href")) || "";
}, true);

document.body.addEventListener("desk:after", ({ detail }) => {
  const rows = [...document.querySelectorAll("#desk-rows .list-item")];
  const next = detail.go === "next" && following ? rows.find((row) => row.getAttribute("href") === following) : null;
  if (next) next.click();
  else document.querySelector("[data-desk-back]")?.click();
});

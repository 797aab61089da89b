// The inbox: keeps list and conversation fresh, the composer, drafts, presence. Everything is
// delegated from the document, because conversations come and go without a new page.
import { startComposer } from "./composer.js";
import { startPresence } from "./presence.js";

const desk = document.getElementById("desk");
const current = () => document.getElementById("desk-case");
const list = () => document.getElementById("desk-list");
const lines = () => current()?.querySelector(".thread-scroll");
export const openNumber = () => current()?.dataset.number ?? "";

// ---- asking again ----
let asked = 0;
let asking = false;

export async function refreshCase() {
  const now = current();
  if (!now?.dataset.number) return;
  if (asking) return void (asked += 1);
  asking = true;
  const scroll = lines();
  const atEnd = scroll && scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
  try {
    await htmx.ajax("GET", now.dataset.self, { source: "#desk-case", target: "#desk-case", swap: "morph settle:0ms" });
  } finally {
    asking = false;
  }
  if (atEnd) toEnd();
  tick();
  document.dispatchEvent(new CustomEvent("desk:renewed"));
  if (asked) {
    asked = 0;
    refreshCase();
  }
}

export const refreshList = () => list() && htmx.trigger(list(), "desk:refresh");

// At most once a second, and always once more after the last one (htmx's throttle drops that one).
function calmly(what) {
  let timer = 0;
  let again = false;
  const run = () => {
    what();
    timer = setTimeout(() => {
      timer = 0;
      if (!again) return;
      again = false;
      run();
    }, 1000);
  };
  return () => {
    if (timer) again = true;
    else run();
  };
}
const listNews = calmly(() => list() && htmx.trigger(list(), "live:list"));
for (const topic of ["conversations", "again"]) document.body.addEventListener(`live:${topic}`, listNews);

let pause = 0;
function news(event) {
  const id = event.detail?.id;
  if (event.type === "live:conversations" && id && id !== current()?.dataset.id) return;
  clearTimeout(pause);
  pause = setTimeout(refreshCase, 200);
}
for (const topic of ["conversations", "messages", "orders", "again"]) document.body.addEventListener(`live:${topic}`, news);

document.body.addEventListener("desk:changed", () => {
  refreshCase();
  refreshList();
});
document.body.addEventListener("desk:open", (event) => location.assign(`${desk.dataset.index}${event.detail.number}/`));

// The list asks for as many rows as "Older" has made of it, and says what is open.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.id !== "desk-list") return;
  detail.parameters.shown = document.querySelectorAll("#desk-rows > li[id^='c-']").length;
  detail.parameters.open = openNumber();
});

// ---- opening one ----
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "desk-rows" || detail.target.id === "desk-list") return mark();
  if (detail.requestConfig?.elt?.matches?.("[hx-push-url]")) opened();
});

function opened() {
  delete desk.dataset.pane;
  desk.classList.toggle("has-case", Boolean(openNumber()));
  mark();
  toEnd();
  tick();
  document.dispatchEvent(new CustomEvent("desk:opened"));
}

function mark() {
  for (const item of document.querySelectorAll("#desk-rows .list-item")) {
    if (item.dataset.number === openNumber()) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
}

function toEnd() {
  const scroll = lines();
  if (scroll) scroll.scrollTop = scroll.scrollHeight;
}

document.addEventListener("click", (event) => {
  const from = event.target.closest?.("[data-desk-pane], [data-desk-back], [data-bulk-none]");
  if (!from) return;
  if ("deskPane" in from.dataset) desk.dataset.pane = desk.dataset.pane === "card" ? "" : "card";
  else if ("bulkNone" in from.dataset) choose(() => false);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.elt.matches?.("[data-desk-tag]")) detail.elt.reset();
});

// A frame asks for its mail only when somebody looks at it.
document.addEventListener(
  "toggle",
  (event) => {
    const place = event.target.matches?.("[data-original][open]") && event.target.querySelector("[data-src]");
    if (!place) return;
    const from = place.dataset.src;
    delete place.dataset.src;
    htmx.ajax("GET", from, { target: place, swap: "innerHTML" });
  },
  true,
);

// A private reply below a comment: write at once, with its button in view.
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.matches?.(".desk-private[open]")) return;
    target.querySelector("textarea").focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  },
  true,
);

// ---- seconds until a reply leaves ----
function tick() {
  for (const place of document.querySelectorAll("[data-countdown]")) {
    const left = Math.ceil((Date.parse(place.dataset.countdown) - Date.now()) / 1000);
    place.textContent = left > 0 ? `sending in ${left} s` : "sending";
    if (left <= 0) place.parentElement.querySelector("[data-desk-undo]")?.remove();
  }
}
setInterval(tick, 1000);

// ---- choosing several ----
const picks = () => [...document.querySelectorAll(".desk-pick input")];

const bulk = () => document.getElementById("desk-bulk");
let whole = 0; // conversations of the whole view, once all of it is chosen

function choose(wanted) {
  for (const pick of picks()) pick.checked = wanted(pick);
  counted();
}

function counted({ all = 0 } = {}) {
  const bar = bulk();
  if (!bar) return;
  whole = all;
  const count = picks().filter((pick) => pick.checked).length;
  bar.hidden = count === 0;
  bar.elements.namedItem("all").disabled = !whole;
  bar.querySelector("[data-bulk-all]").hidden = Boolean(whole);
  bar.querySelector("[data-bulk-count]").textContent = whole ? `All ${whole} in this view chosen` : `${count} chosen`;
}

// The server said how many the view has; what is in it is looked up again when something is done.
document.body.addEventListener("desk:whole", ({ detail }) => {
  for (const pick of picks()) pick.checked = true;
  counted({ all: detail.count });
});
document.addEventListener("change", (event) => event.target.closest?.(".desk-pick") && counted());
document.body.addEventListener("desk:bulk", () => {
  choose(() => false);
  for (const menu of bulk()?.querySelectorAll("details[open]") ?? []) menu.open = false;
});

// ---- the search box offers filters for the word that is being typed, whatever stands before it ----
const ask = document.querySelector("[data-asks]");

function offer() {
  const before = ask.value.slice(0, ask.value.lastIndexOf(" ") + 1);
  for (const option of document.getElementById("desk-asks").options) {
    option.dataset.text ??= option.value;
    if (option.value !== before + option.dataset.text) option.value = before + option.dataset.text;
  }
}
ask?.addEventListener("input", offer);

// What there is to choose from is fetched when somebody turns to the filters, the search or the tags.
document.addEventListener("focusin", ({ target }) => {
  if (target.closest("[data-choosing]")) htmx.trigger("#desk-choices", "desk:choosing");
});
document.body.addEventListener("htmx:afterSettle", ({ detail }) => detail.target.id === "desk-choices" && ask && offer());

startComposer({ refreshCase, refreshList });
startPresence({ refreshList });
if (openNumber()) opened();
tick();

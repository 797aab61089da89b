// Saved replies: `/` at the beginning of a line offers them, what is typed after it narrows them.
let replies = [];
let loadedFor = "";
let chosen = 0;

const form = () => document.querySelector("[data-composer]");
const list = () => form()?.querySelector("[data-saved-list]");
// What the channel that is answered on shows: some would show Markdown's signs.
const said = (reply) => (form().elements.namedItem("thread")?.selectedOptions?.[0]?.dataset.plain === undefined ? reply.text : reply.plain);
const field = () => form().elements.namedItem("text");

// The piece from the slash to the cursor, or null.
function asked() {
  const before = field().value.slice(0, field().selectionStart);
  return /(?:^|\n)\/([^\n/]{0,40})$/.exec(before)?.[1] ?? null;
}

async function load() {
  const address = form().dataset.saved;
  if (loadedFor === address) return;
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  replies = (await answer.json()).replies;
  loadedFor = address;
}

const fits = (reply, words) => words.toLowerCase().split(/\s+/).every((word) => `${reply.name} ${reply.text}`.toLowerCase().includes(word));

function draw(words) {
  const place = list();
  const found = replies.filter((reply) => fits(reply, words)).slice(0, 12);
  chosen = Math.min(chosen, Math.max(0, found.length - 1));
  place.replaceChildren(...(found.length ? found.map(option) : [nothing()]));
  place.hidden = false;
}

function option(reply, index) {
  const line = document.createElement("button");
  line.type = "button";
  line.className = "saved-reply";
  line.setAttribute("role", "option");
  line.setAttribute("aria-selected", String(index === chosen));
  const name = document.createElement("strong");
  name.textContent = reply.name;
  const text = document.createElement("span");
  text.className = "text clip";
  text.textContent = reply.missing.length ? `Not known: ${reply.missing.join(", ")}` : [said(reply), reply.also].filter(Boolean).join(" · ");
  line.append(name, text);
  line.addEventListener("mousedown", (event) => event.preventDefault());
  line.addEventListener("click", () => insert(reply));
  return line;
}

function nothing() {
  const text = document.createElement("p");
  text.className = "small muted";
  text.setAttribute("role", "option");
  text.setAttribute("aria-disabled", "true");
  text.textContent = replies.length ? "No saved reply fits." : "There is no saved reply yet. Add some under Inbox, Saved replies.";
  return text;
}

function insert(reply) {
  const words = asked();
  const to = field().selectionStart;
  const from = words === null ? to : to - words.length - 1;
  field().setRangeText(said(reply), from, to, "end");
  noteUse(reply);
  hide();
  field().focus();
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

// The server counts how often a reply is used and changed, and does what goes with it.
function noteUse(reply) {
  if (form().querySelector(`[data-saved-used][value="${reply.id}"]`)) return;
  const used = Object.assign(document.createElement("input"), { type: "hidden", name: "saved", value: reply.id });
  used.dataset.savedUsed = "";
  form().append(used);
}

function forget() {
  for (const used of document.querySelectorAll("[data-saved-used]")) used.remove();
}

function hide() {
  if (list()) list().hidden = true;
  chosen = 0;
}

async function look() {
  const words = asked();
  if (words === null) return hide();
  await load();
  if (asked() !== null) draw(asked());
}

// Returns whether the key was for the list.
export function savedKeys(event) {
  if (!list() || list().hidden) return false;
  const options = [...list().querySelectorAll("button")];
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    chosen = (chosen + (event.key === "ArrowDown" ? 1 : options.length - 1)) % Math.max(1, options.length);
    draw(asked() ?? "");
  } else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && options[chosen]) options[chosen].click();
  else if (event.key === "Escape") hide();
  else return false;
  event.preventDefault();
  return true;
}

export function startSaved() {
  document.body.addEventListener("desk:sent", forget);
  document.addEventListener("input", (event) => event.target.name === "text" && event.target.closest("[data-composer]") && look());
  document.addEventListener("focusout", (event) => event.target.name === "text" && setTimeout(hide, 150));
  document.addEventListener("click", async (event) => {
    if (!event.target.closest?.("[data-saved-open]")) return;
    field().focus();
    await load();
    draw("");
  });
}

// `@` in a note offers the people of the store; what is typed after it narrows them.
let chosen = 0;

const form = () => document.querySelector("[data-composer]");
const list = () => form()?.querySelector("[data-people-list]");
const field = () => form().elements.namedItem("text");
const isNote = () => form()?.elements.namedItem("mode").value === "note";
const people = () => JSON.parse(document.getElementById("desk-people").textContent);

// The piece from the @ to the cursor, or null.
function asked() {
  const before = field().value.slice(0, field().selectionStart);
  return /(?:^|[^\w@])@([^@\n]{0,40})$/.exec(before)?.[1] ?? null;
}

function look() {
  const words = isNote() ? asked() : null;
  const found = words === null ? [] : people().filter((name) => name.toLowerCase().includes(words.toLowerCase())).slice(0, 8);
  chosen = Math.min(chosen, Math.max(0, found.length - 1));
  list().replaceChildren(...found.map(option));
  list().hidden = !found.length;
}

function option(name, index) {
  const line = document.createElement("button");
  line.type = "button";
  line.className = "saved-reply";
  line.setAttribute("role", "option");
  line.setAttribute("aria-selected", String(index === chosen));
  line.textContent = name;
  line.addEventListener("mousedown", (event) => event.preventDefault());
  line.addEventListener("click", () => insert(name));
  return line;
}

function insert(name) {
  const to = field().selectionStart;
  field().setRangeText(`${name} `, to - asked().length, to, "end");
  list().hidden = true;
  field().focus();
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

// Returns whether the key was for the list.
export function mentionKeys(event) {
  if (!list() || list().hidden) return false;
  const options = [...list().querySelectorAll("button")];
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    chosen = (chosen + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length;
    look();
  } else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey) options[chosen].click();
  else if (event.key === "Escape") list().hidden = true;
  else return false;
  event.preventDefault();
  return true;
}

export function startMentions() {
  document.addEventListener("input", (event) => event.target.name === "text" && event.target.closest("[data-composer]") && look());
  document.addEventListener("focusout", (event) => event.target.name === "text" && setTimeout(() => list() && (list().hidden = true), 150));
}

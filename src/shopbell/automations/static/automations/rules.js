// The list of rules can be dragged into order (its arrows do the same by keyboard); in the editor
// what was just added gets the focus.
const list = () => document.querySelector("[data-rules]");
const headers = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");
let dragged = null;

document.addEventListener("htmx:afterSettle", () => document.querySelector("[data-fresh]")?.focus());

// What somebody typed or chose while the editor was being redrawn is kept.
const fields = (form) => [...form.elements].filter((field) => field.id && field.name && "value" in field);
const meanwhile = new WeakMap();

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  const form = document.getElementById("rule-form");
  if (form) meanwhile.set(detail.xhr, new Map(fields(form).map((field) => [field.id, field.value])));
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const sent = meanwhile.get(detail.xhr);
  if (!sent || detail.target.id !== "rule-form") return;
  detail.xhr.kept = fields(detail.target).filter(({ id, value }) => sent.has(id) && sent.get(id) !== value);
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const sent = meanwhile.get(detail.xhr);
  for (const { id, value } of detail.xhr?.kept ?? []) {
    const field = document.getElementById(id);
    if (field?.value !== sent.get(id)) continue; // another row has its place now
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

function places() {
  return [...list().querySelectorAll("[data-rule]")];
}

// Which rule the pointer is over, and whether in its lower half.
function target(y) {
  for (const row of places()) {
    const box = row.getBoundingClientRect();
    if (y < box.bottom) return { row, below: y > box.top + box.height / 2 };
  }
  return { row: places().at(-1), below: true };
}

function clear() {
  for (const row of places()) row.classList.remove("is-over", "is-over-end", "is-dragged");
}

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest?.(".rule-grip");
  if (!grip || event.button) return;
  event.preventDefault();
  dragged = grip.closest("[data-rule]");
  dragged.classList.add("is-dragged");
  grip.setPointerCapture(event.pointerId);
});

document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const { row, below } = target(event.clientY);
  for (const each of places()) each.classList.remove("is-over", "is-over-end");
  if (row !== dragged) row.classList.add(below ? "is-over-end" : "is-over");
});

document.addEventListener("pointerup", (event) => {
  if (!dragged) return;
  const { row, below } = target(event.clientY);
  const moved = dragged;
  dragged = null;
  clear();
  if (row === moved) return;
  row[below ? "after" : "before"](moved);
  save();
});

document.addEventListener("pointercancel", () => {
  if (dragged) clear();
  dragged = null;
});

function save() {
  const rule = places().map((row) => row.dataset.rule);
  htmx.ajax("POST", list().dataset.rules, { target: "#rules", swap: "outerHTML", values: { rule }, headers: headers() });
}

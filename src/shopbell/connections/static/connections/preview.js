// Shows what the settings in the form look like; secrets stay in the form.
const frame = document.querySelector("[data-preview]");
const form = document.querySelector("form:has([name^='set-'])");
let waiting;

function show() {
  const query = new URLSearchParams();
  for (const field of form.elements) {
    if (!field.name.startsWith("set-") || field.type === "password") continue;
    if (field.type === "checkbox" && !field.checked) continue;
    query.set(field.name, field.value);
  }
  frame.src = `${frame.dataset.preview}?${query}`;
}

form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 500); });
show();

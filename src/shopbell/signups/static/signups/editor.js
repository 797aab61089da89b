// The preview beside the editor: what stands in the fields is posted into the frame a moment after
// the last key. Without this script its button does the same.
const form = document.querySelector("[data-signup-editor]");
const button = form.querySelector("[data-preview]");
const frame = form.querySelector("iframe");
const copy = document.querySelector("[data-preview-form]");
let waiting;

/** Post a copy: sending the form itself would warn, mark fields and count as leaving the page. */
function show() {
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  const token = copy.querySelector("[name=csrfmiddlewaretoken]");
  copy.replaceChildren(token, ...fields.map(([name, value]) => {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    return field;
  }));
  copy.submit();
}

function dress() {
  const chosen = (name) => form.elements[name].value;
  frame.classList.toggle("is-phone", chosen("shown_size") === "phone");
  const root = frame.contentDocument?.documentElement;
  if (root) root.dataset.theme = chosen("shown_colours");
}

button.hidden = true;
form.querySelector("[data-looks]").hidden = false;
frame.addEventListener("load", dress);
form.addEventListener("input", (event) => {
  if (["shown_size", "shown_colours"].includes(event.target.name)) {
    dress();
    return;
  }
  clearTimeout(waiting);
  waiting = setTimeout(show, 400);
});
show();

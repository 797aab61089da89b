// The editor of a form. `content` is the truth: fields write into it, moving rebuilds the list from
// it, saving and the preview send it. Texts are tables by language; one language is shown at a time.
const form = document.querySelector("[data-form-editor]");
const names = JSON.parse(form.dataset.names);
const content = JSON.parse(form.elements.content.value);
const said = form.querySelector("[data-said]");
const previewForm = document.querySelector("[data-preview-form]");
const BLANK = {
  topic: () => ({ key: "", title: {}, intro: {}, tag: "", fields: [] }),
  field: () => ({ key: "", kind: "text", label: {}, hint: {}, required: false, choices: [] }),
  choice: () => ({ key: "", label: {} }),
};
const DEFAULTS = { ask_name: true, files: true, answer_hours: 24 };
for (const [name, value] of Object.entries(DEFAULTS)) content[name] ??= value;
let tongue = chosen()[0];

function chosen() {
  const found = [...form.querySelectorAll("[name=languages]:checked")].map((box) => box.value);
  return found.length ? found : ["en"];
}

/** Connect the fields of an element with a part of the content; nested parts connect themselves. */
function bind(element, part) {
  const own = (selector) => [...element.querySelectorAll(selector)].filter((each) => (each.closest("[data-part]") ?? form) === element);
  for (const field of own("[data-text]")) {
    part[field.dataset.text] ??= {};
    field.value = part[field.dataset.text][tongue] ?? "";
    const first = part[field.dataset.text][chosen()[0]];
    if (tongue !== chosen()[0] && first) field.placeholder = first;
    field.oninput = () => { part[field.dataset.text][tongue] = field.value; changed(); };
  }
  for (const field of own("[data-value]")) {
    field.value = part[field.dataset.value] ?? "";
    field.oninput = () => { part[field.dataset.value] = field.value; showOnly(element, part); changed(); };
  }
  for (const field of own("[data-number]")) {
    field.value = part[field.dataset.number] ?? 0;
    field.oninput = () => { part[field.dataset.number] = Math.round(Number(field.value)) || 0; changed(); };
  }
  for (const field of own("[data-check]")) {
    field.checked = Boolean(part[field.dataset.check]);
    field.onchange = () => { part[field.dataset.check] = field.checked; changed(); };
  }
  for (const list of own("[data-list]")) {
    const parts = part[list.dataset.list] ??= [];
    fill(list, parts);
    const add = own(`[data-add="${list.dataset.list}"]`)[0];
    add.onclick = () => {
      parts.push(BLANK[list.dataset.template]());
      fill(list, parts);
      list.lastElementChild.querySelector("input").focus();
      changed();
    };
  }
  showOnly(element, part);
}

function showOnly(element, part) {
  for (const each of element.querySelectorAll("[data-only]")) {
    if (each.closest("[data-part]") === element) each.hidden = part.kind !== each.dataset.only;
  }
}

function fill(list, parts) {
  list.replaceChildren(...parts.map((part, at) => {
    const item = form.querySelector(`template[data-of="${list.dataset.template}"]`).content.firstElementChild.cloneNode(true);
    bind(item, part);
    const head = item.querySelector(".part-head");
    for (const button of head.querySelectorAll("[data-move]")) {
      const to = at + Number(button.dataset.move);
      button.disabled = to < 0 || to >= parts.length;
      button.onclick = () => move(list, parts, at, to, button.dataset.move);
    }
    head.querySelector("[data-drop]").onclick = () => {
      parts.splice(at, 1);
      fill(list, parts);
      (list.children[Math.min(at, parts.length - 1)]?.querySelector("input") ?? list.nextElementSibling)?.focus();
      changed();
    };
    head.querySelector("input").onkeydown = (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!event.altKey || !step || at + step < 0 || at + step >= parts.length) return;
      event.preventDefault();
      move(list, parts, at, at + step);
    };
    drag(list, parts, item, at);
    return item;
  }));
}

/** Move a part and keep the focus on it, on the button that was pressed if there was one. */
function move(list, parts, from, to, button = "") {
  parts.splice(to, 0, ...parts.splice(from, 1));
  fill(list, parts);
  const head = list.children[to].querySelector(".part-head");
  const pressed = button && head.querySelector(`[data-move="${button}"]:not(:disabled)`);
  (pressed || head.querySelector("input")).focus();
  said.textContent = `Now number ${to + 1} of ${parts.length}`;
  changed();
}

let dragged;
function drag(list, parts, item, at) {
  const handle = item.querySelector("[data-handle]");
  handle.ondragstart = (event) => {
    dragged = { list, at };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(item, 10, 10);
    item.classList.add("dragged");
    event.stopPropagation();
  };
  handle.ondragend = () => { dragged = undefined; item.classList.remove("dragged"); };
  item.ondragover = (event) => { if (dragged?.list === list) { event.preventDefault(); event.stopPropagation(); } };
  item.ondrop = (event) => {
    if (dragged?.list !== list) return;
    event.preventDefault();
    event.stopPropagation();
    if (dragged.at !== at) move(list, parts, dragged.at, at);
  };
}

function tongues() {
  if (!chosen().includes(tongue)) tongue = chosen()[0];
  const bar = form.querySelector("[data-tongues]");
  bar.hidden = chosen().length < 2;
  bar.replaceChildren(...chosen().map((code) => {
    const label = document.createElement("label");
    const radio = document.createElement("input");
    Object.assign(radio, { type: "radio", name: "shown-tongue", value: code, checked: code === tongue });
    radio.onchange = () => { tongue = code; bind(form, content); changed(); };
    label.append(radio, names[code]);
    return label;
  }));
}

let waiting;
function changed() {
  form.elements.content.value = JSON.stringify(content);
  form.elements.language.value = tongue;
  clearTimeout(waiting);
  waiting = setTimeout(preview, 500);
}

function preview() {
  const old = previewForm.querySelectorAll("[data-copied]");
  for (const each of old) each.remove();
  const values = [["content", form.elements.content.value], ["language", tongue], ...chosen().map((code) => ["languages", code])];
  for (const [name, value] of values) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    field.dataset.copied = "";
    previewForm.append(field);
  }
  previewForm.submit();
}

for (const box of form.querySelectorAll("[name=languages]")) {
  box.addEventListener("change", () => { tongues(); bind(form, content); changed(); });
}
tongues();
bind(form, content);
changed();

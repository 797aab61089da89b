// Turns a text box whose lines follow a pattern into rows of fields. The text box stays what is
// sent; lines typed by hand that do not fit leave it as it is.

for (const box of document.querySelectorAll("textarea[data-lines]")) edit(box);

function edit(box) {
  const { pattern, columns, add, most } = JSON.parse(box.dataset.lines);
  const known = new RegExp(`^${pattern}$`, "u");
  const lines = box.value.split("\n").map((line) => line.trim()).filter(Boolean);
  if (lines.some((line) => !known.test(line))) return;

  const title = box.labels[0]?.textContent.trim() ?? "";
  const place = element("div", { className: "line-editor", role: "group", ariaLabel: title });
  const rows = element("ul", { role: "list" });
  const more = element("button", { type: "button", className: "button small", textContent: add });
  place.append(rows, more);
  box.hidden = true;
  box.after(place);

  for (const line of lines) row(known.exec(line).groups);
  more.addEventListener("click", () => { row({}).querySelector("input, select").focus(); keep(); });
  place.addEventListener("input", keep);
  count();

  function row(values) {
    const item = element("li");
    for (const column of columns) item.append(field(column, values[column.name] ?? ""));
    const gone = element("button", { type: "button", className: "button plain small", textContent: "Remove" });
    gone.addEventListener("click", () => { item.remove(); keep(); more.focus(); });
    item.append(gone);
    rows.append(item);
    return item;
  }

  function keep() {
    const written = [...rows.children].map((item) => columns.map((column, place) =>
      said(column, item.querySelectorAll("[data-column]")[place])).join("").trim());
    box.value = written.filter(Boolean).join("\n");
    count();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function count() {
    more.disabled = rows.children.length >= most;
  }
}

function field(column, value) {
  const label = element("label", { className: column.kind ?? "text" });
  const input = column.choices ? element("select") : element("input");
  input.dataset.column = column.name;
  if (column.choices) {
    for (const [key, words] of column.choices) input.append(new Option(words, key));
    input.value = value || column.choices[0][0];
  } else if (column.kind === "checkbox") {
    input.type = "checkbox";
    input.checked = Boolean(value);
  } else {
    input.type = column.kind === "number" ? "number" : "text";
    input.required = Boolean(column.must);
    input.value = value || (column.start ?? "");
    input.placeholder = column.hint ?? "";
    if (column.kind === "number") [input.min, input.max] = [1, column.most];
    else if (column.most) input.maxLength = column.most;
  }
  const words = element("span", { textContent: column.label });
  label.append(...(column.kind === "checkbox" ? [input, words] : [words, input]));
  return label;
}

// What one field adds to its line: a checkbox its word, another its value between what stands around.
function said(column, input) {
  if (column.kind === "checkbox") return input.checked ? column.word : "";
  const value = input.value.replaceAll("\n", " ").trim();
  return value ? `${column.before ?? ""}${value}${column.after ?? ""}` : "";
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

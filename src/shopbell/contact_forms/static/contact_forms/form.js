// The form works without this. With it, files stay chosen when something is wrong, a network that is
// gone loses nothing, and the frame in the shop's page is as tall as the form.
const framed = "framed" in document.body.dataset;

function tellHeight() {
  if (framed) parent.postMessage({ shopbell: "form", height: document.documentElement.getBoundingClientRect().height }, "*");
}

async function send(event) {
  const form = event.target;
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  if (button.getAttribute("aria-disabled") === "true") return;
  const label = button.textContent;
  button.setAttribute("aria-disabled", "true");
  button.textContent = form.dataset.sending;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), signal: AbortSignal.timeout(120_000) });
    if (answer.redirected) { location.assign(answer.url); return; }
    if (answer.status === 413) alertIn(form, form.dataset.tooMany);
    else show(form, parsed(await answer.text()));
  } catch {
    alertIn(form, form.dataset.offline);
  }
  button.setAttribute("aria-disabled", "false");
  button.textContent = label;
  tellHeight();
}

/** Read a page; its own styles carry another nonce than ours. */
function parsed(text) {
  return new DOMParser().parseFromString(text.replace(/<style[\s\S]*?<\/style>/g, ""), "text/html");
}

/** Take over what the answer says is wrong, and leave what was typed and chosen alone. */
function show(form, answer) {
  const fresh = answer.querySelector("[data-contact]");
  if (!fresh) { document.body.replaceChildren(...answer.body.childNodes); return; }
  for (const old of document.querySelectorAll(".errorlist")) old.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  const keepsFiles = form.querySelector("[type=file]")?.files.length;
  for (const errors of fresh.querySelectorAll(".errorlist")) {
    const id = errors.id.replace(/-error$/, "");
    const field = id === "topic" ? form.querySelector(".topics") : document.getElementById(id);
    const marked = id === "topic" ? fresh.querySelector(".topics") : answer.getElementById(id);
    if (field?.type === "file" && keepsFiles && errors.textContent.trim() === form.dataset.filesAgain) {
      answer.querySelector(`#alert [href="#${id}"]`)?.closest("li").remove();
      continue;
    }
    field?.setAttribute("aria-invalid", "true");
    if (marked?.hasAttribute("aria-describedby")) field?.setAttribute("aria-describedby", marked.getAttribute("aria-describedby"));
    (id === "topic" ? field : field?.closest(".field"))?.append(errors);
  }
  form.elements.stamp.value = fresh.elements.stamp.value;
  const said = answer.getElementById("alert");
  document.getElementById("alert")?.remove();
  if (said) { form.before(said); said.focus(); }
}

function alertIn(form, text) {
  document.getElementById("alert")?.remove();
  const box = document.createElement("div");
  box.className = "notice red";
  box.id = "alert";
  box.tabIndex = -1;
  box.setAttribute("role", "alert");
  box.append(text);
  form.before(box);
  box.focus();
}

for (const form of document.querySelectorAll("[data-contact]")) form.addEventListener("submit", send);
document.getElementById("alert")?.focus();
if (document.querySelector("[data-sent]")) document.getElementById("sent").focus();
if (framed) {
  new ResizeObserver(tellHeight).observe(document.body);
  tellHeight();
}

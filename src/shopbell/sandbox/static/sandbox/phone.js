// The typing boxes of the phone: Enter sends, a chosen picture goes at once, what was sent is gone.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches?.("[data-enter]")) return;
  event.preventDefault();
  if (event.target.value.trim()) event.target.form.requestSubmit();
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-sends]") && event.target.files.length) event.target.form.requestSubmit();
});

const sent = new WeakMap();
const boxOf = (form) => form.querySelector("[name=text]:not(button)");

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt.matches?.("form[data-clears]")) sent.set(detail.elt, boxOf(detail.elt)?.value);
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt;
  const menu = form.closest?.("#phone details.menu");
  if (menu) menu.open = false;
  if (!form.matches?.("form[data-clears]") || !detail.successful) return;
  // Whoever typed on meanwhile keeps what they typed.
  if (boxOf(form)?.value === sent.get(form)) form.reset();
  form.closest("dialog")?.close();
});

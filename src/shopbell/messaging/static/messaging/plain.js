// Puts plain signs instead of those that make a text message long, where the writer asked for it.
// What is typed stays in the field with its undo history; the page hears it as typing.
document.body.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-plain]");
  const field = button && document.querySelector(button.dataset.plainFor);
  if (!field) return;
  let text = field.value;
  for (const [sign, instead] of JSON.parse(button.dataset.plain)) text = text.replaceAll(sign, instead);
  field.focus();
  field.select();
  if (!document.execCommand("insertText", false, text)) field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// "Answer in these words": puts an announcement's saved reply into the answer of the conversation.
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-announced-words]") : null;
  const form = button && document.querySelector("[data-composer]");
  if (!form) return;
  const reply = form.querySelector('[name="mode"][value="reply"]');
  if (reply instanceof HTMLInputElement && !reply.checked) reply.click();
  const field = form.elements.namedItem("text");
  field.setRangeText(button.dataset.announcedWords, field.selectionStart, field.selectionEnd, "end");
  if (!form.querySelector(`[data-saved-used][value="${button.dataset.announcedId}"]`)) {
    const used = Object.assign(document.createElement("input"), { type: "hidden", name: "saved", value: button.dataset.announcedId });
    used.dataset.savedUsed = "";
    form.append(used);
  }
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

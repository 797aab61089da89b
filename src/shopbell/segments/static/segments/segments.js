// In the editor of a segment, what was just added gets the focus.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id === "segment-form" || detail.elt?.id === "segment-form") document.querySelector("[data-fresh]")?.focus();
});

// After each preview, post what is typed into the frame that came with it, so that the mail is shown
// as a document of its own. A fresh frame each time keeps the browser's Back button useful.
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "preview") return;
  const button = document.querySelector("[data-show-mail]");
  if (button && document.querySelector("#preview iframe[name='mail-preview']")) {
    button.form.requestSubmit(button);
  }
});

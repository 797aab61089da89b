// Dangerous steps ask first: <form data-confirm="Revoke this key?" data-confirm-yes="Revoke">, or
// hx-confirm on htmx elements. The safe answer has the focus. data-confirm-tone="primary" is for steps
// that destroy nothing.
const dialog = document.getElementById("confirm");
const agreed = new WeakSet();

export function ask(question, { yes = "Go on", title = "Are you sure?", tone = "danger" } = {}) {
  if (!dialog) return Promise.resolve(window.confirm(question));
  dialog.querySelector("#confirm-title").textContent = title;
  dialog.querySelector("#confirm-text").textContent = question;
  const go = dialog.querySelector("[data-confirm-yes]");
  const stay = dialog.querySelector("[data-confirm-no]");
  go.textContent = yes;
  go.className = `button ${tone}`;
  stay.textContent = tone === "danger" ? "Keep as it is" : "Not now";
  return new Promise((resolve) => {
    const answer = (value) => {
      dialog.removeEventListener("close", closed);
      go.onclick = stay.onclick = null;
      if (dialog.open) dialog.close();
      resolve(value);
    };
    const closed = () => answer(false);
    dialog.addEventListener("close", closed);
    go.onclick = () => answer(true);
    stay.onclick = () => answer(false);
    dialog.showModal();
    stay.focus();
  });
}

// Capture phase: before htmx or anything else sees the submit.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const asker = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!asker.dataset.confirm || agreed.has(form)) {
      agreed.delete(form);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const submitter = event.submitter;
    ask(asker.dataset.confirm, { yes: asker.dataset.confirmYes, title: asker.dataset.confirmTitle, tone: asker.dataset.confirmTone }).then((yes) => {
      if (!yes) return submitter?.focus();
      agreed.add(form);
      form.requestSubmit(submitter);
    });
  },
  true,
);

document.addEventListener("htmx:confirm", (event) => {
  const { question, elt, issueRequest } = event.detail;
  if (!question) return;
  event.preventDefault();
  ask(question, { yes: elt.dataset.confirmYes, title: elt.dataset.confirmTitle, tone: elt.dataset.confirmTone }).then((yes) => {
    if (yes) issueRequest(true);
    else elt.focus?.();
  });
});

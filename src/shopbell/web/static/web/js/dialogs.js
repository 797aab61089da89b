// Dialogs, menus, copying, revealing: small behaviours of single elements.
import { say } from "shopbell/toasts";

export function openDialog(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const from = event.target.closest?.("[data-dialog-open], [data-dialog-close], [data-copy], [data-reveal], [data-back]");
  if (from?.dataset.dialogOpen) openDialog(document.getElementById(from.dataset.dialogOpen));
  else if (from && "dialogClose" in from.dataset) from.closest("dialog")?.close();
  else if (from && "copy" in from.dataset) copy(from);
  else if (from && "reveal" in from.dataset) reveal(from);
  else if (from && "back" in from.dataset && history.length > 1 && cameFromHere()) {
    event.preventDefault();
    history.back();
  }
  // A click on the veil (the dialog element itself) closes; a click in its content does not.
  if (event.target instanceof HTMLDialogElement && event.target.id !== "confirm") event.target.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest("a.menu-item, button.menu-item")) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]") ?? document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A dialog that came from the server opens at once and is gone when it is closed.
document.addEventListener("htmx:load", ({ detail }) => {
  if (!detail.elt.matches?.("dialog[data-dialog-now]")) return;
  detail.elt.addEventListener("close", () => detail.elt.remove());
  openDialog(detail.elt);
});
document.addEventListener("dialog:close", () => {
  for (const dialog of document.querySelectorAll("dialog[data-dialog-now][open]")) dialog.close();
});

const cameFromHere = () => document.referrer.startsWith(location.origin);

async function copy(button) {
  const label = button.querySelector("[data-copy-label]") ?? button;
  const before = label.textContent;
  if (await toClipboard(button.dataset.copy)) {
    label.textContent = "Copied";
    setTimeout(() => (label.textContent = before), 1600);
  } else {
    say("The browser did not allow copying. Select the text and copy it by hand.", { tone: "brass" });
  }
}

async function toClipboard(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Falls through: the old way works on plain http in a local network.
    }
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

function reveal(button) {
  const code = button.parentElement.querySelector("[data-secret]");
  code.textContent = code.dataset.secret;
  code.classList.remove("hidden-value");
  code.tabIndex = 0;
  code.setAttribute("aria-label", code.getAttribute("aria-label").replace(", hidden", ""));
  button.remove();
  code.focus();
}

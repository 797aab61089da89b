// Short messages in the corner. From the server: HX-Trigger {"toast": {"message", "tone", "undo"}}.
const LONG_ENOUGH = 6000;
const place = () => document.getElementById("toasts");

// say("Saved.") · say("Could not save.", { tone: "red" }) · say("Sending.", { undo: "/s/x/undo/1" })
export function say(message, { tone = "", undo = "", seconds = 0 } = {}) {
  const toast = document.createElement("div");
  toast.className = `toast ${tone}`;
  const text = document.createElement("span");
  text.className = "say";
  text.textContent = message;
  toast.append(text);
  if (undo) toast.append(undoButton(undo, toast));
  place()?.append(toast);
  arm(toast, seconds * 1000 || (tone === "red" ? LONG_ENOUGH * 2 : LONG_ENOUGH));
  return toast;
}

function undoButton(url, toast) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small surface";
  button.textContent = "Undo";
  button.addEventListener("click", () => {
    toast.remove();
    window.htmx?.ajax("POST", url, { target: "body", swap: "none" });
  });
  return button;
}

// A toast goes by itself, but not while somebody points at it or has the focus in it.
function arm(toast, milliseconds) {
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button plain small";
  close.setAttribute("aria-label", "Close this message");
  close.textContent = "×";
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  const go = () => {
    if (toast.matches(":hover, :focus-within")) setTimeout(go, 2000);
    else toast.remove();
  };
  setTimeout(go, milliseconds);
}

for (const toast of document.querySelectorAll("[data-toast]")) arm(toast, LONG_ENOUGH);

document.addEventListener("toast", (event) => {
  const { message, value, ...rest } = event.detail ?? {};
  const text = message ?? value;
  if (text) say(text, rest);
});
document.addEventListener("htmx:sendError", () =>
  say("Shopbell could not be reached. Nothing was changed. Try again in a moment.", { tone: "red" }),
);
document.addEventListener("htmx:timeout", () =>
  say("No answer came in time. Look whether it happened before you try again.", { tone: "red" }),
);
document.addEventListener("htmx:responseError", (event) => {
  const request = event.detail.xhr;
  if (!request.getResponseHeader("HX-Trigger")) {
    say(`That did not work (${request.status}). Nothing was changed.`, { tone: "red" });
  }
});

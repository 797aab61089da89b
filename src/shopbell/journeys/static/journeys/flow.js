// The drawing of a journey: its size, remembered for this browser, and printing. Without this
// script it is drawn as wide as it is and scrolls.
import { recall, remember } from "shopbell/theme";

const SMALLEST = 0.4;
const chosen = () => document.querySelector(".flow-zoom input:checked")?.value ?? "fit";

// A sheet and not a style of the element: a swap carries that over, which the page's policy forbids.
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);

function draw() {
  const flow = document.querySelector(".flow");
  if (!flow) return;
  sheet.replaceSync("");
  const fits = Math.min(1, flow.parentElement.clientWidth / flow.scrollWidth);
  const zoom = { fit: Math.max(SMALLEST, fits), 75: 0.75 }[chosen()] ?? 1;
  if (zoom < 1 && !matchMedia("(max-width: 760px)").matches) sheet.replaceSync(`.flow { zoom: ${zoom.toFixed(3)}; }`);
}

function centre() {
  for (const box of document.querySelectorAll(".flow-scroll")) box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2;
}

// A drawing may come later than the page, where the worker had to work it out first.
function begin() {
  const known = document.querySelector(`.flow-zoom input[value="${recall("flow-zoom") ?? "fit"}"]`);
  if (known) known.checked = true;
  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
  draw();
}

begin();
centre();
document.querySelector(".flow [autofocus]")?.scrollIntoView({ block: "center", inline: "center" });

document.addEventListener("change", ({ target }) => {
  if (!target.matches?.(".flow-zoom input")) return;
  remember("flow-zoom", target.value);
  draw();
  centre();
});
document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-print]")) window.print();
});
document.addEventListener("htmx:afterSettle", begin);
addEventListener("resize", draw);

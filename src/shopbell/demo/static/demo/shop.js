/* The basket of the demo shop: steppers and the sum. Without this the number fields do as well. */

const shop = document.querySelector("[data-shop]");
const items = [...shop.querySelectorAll("[data-item]")];
const count = shop.querySelector("[data-count]");
const total = shop.querySelector("[data-total]");
const euros = new Intl.NumberFormat("en", { style: "currency", currency: "EUR" });

function units(item) {
  return Math.max(0, Number.parseInt(item.querySelector("input").value, 10) || 0);
}

function tell() {
  let pieces = 0;
  let cents = 0;
  for (const item of items) {
    const chosen = units(item);
    pieces += chosen;
    cents += chosen * Number(item.dataset.price);
    item.classList.toggle("chosen", chosen > 0);
    item.querySelector("[data-less]").disabled = chosen === 0;
  }
  count.textContent = pieces ? `${pieces} ${pieces === 1 ? "piece" : "pieces"}` : "Choose something you like.";
  total.textContent = pieces ? euros.format(cents / 100) : "";
}

shop.addEventListener("click", (event) => {
  const button = event.target.closest("[data-more], [data-less]");
  if (!button) return;
  const field = button.closest("[data-item]").querySelector("input");
  const step = "more" in button.dataset ? 1 : -1;
  field.value = Math.min(Number(field.max), Math.max(0, (Number.parseInt(field.value, 10) || 0) + step));
  tell();
});
shop.addEventListener("input", tell);
for (const button of shop.querySelectorAll("[data-more], [data-less]")) button.hidden = false;
tell();

// The dialog of a request: choosing items proposes what they cost; what somebody typed stays.
document.addEventListener("input", ({ target }) => {
  const dialog = target.closest?.(".remedy-dialog");
  const amount = dialog?.querySelector("[data-amount]");
  if (!amount) return;
  if (target === amount) amount.dataset.typed = "";
  if (target === amount || !target.matches("[data-price]") || "typed" in amount.dataset) return;
  let sum = 0;
  for (const units of dialog.querySelectorAll("[data-price]")) {
    sum += Math.floor((Number(units.dataset.price) * (Number(units.value) || 0)) / Math.max(Number(units.max), 1));
  }
  const most = Number(amount.dataset.most ?? Infinity);
  const places = Number(amount.dataset.amount);
  if (sum > 0) amount.value = (Math.min(sum, most) / 10 ** places).toFixed(places);
});

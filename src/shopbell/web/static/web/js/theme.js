// Colours (auto, light, dark) and spacing (comfortable, compact), remembered in this browser.
const root = document.documentElement;
const defaults = { theme: "auto", density: "comfortable" };

export function remember(key, value) {
  try {
    localStorage.setItem(`shopbell.${key}`, value);
  } catch {
    // Not remembered in private windows; it still holds for this page.
  }
}

export function recall(key) {
  try {
    return localStorage.getItem(`shopbell.${key}`);
  } catch {
    return null;
  }
}

export function setAppearance(name, value) {
  if (value === defaults[name]) delete root.dataset[name];
  else root.dataset[name] = value;
  remember(name, value);
}

function tick() {
  for (const input of document.querySelectorAll("[data-appearance]")) {
    const name = input.dataset.appearance;
    input.checked = (root.dataset[name] ?? defaults[name]) === input.value;
  }
}

document.addEventListener("change", (event) => {
  const input = event.target.closest?.("[data-appearance]");
  if (input) setAppearance(input.dataset.appearance, input.value);
});
window.addEventListener("storage", (event) => {
  const name = event.key?.replace("shopbell.", "");
  if (name in defaults) {
    if (!event.newValue || event.newValue === defaults[name]) delete root.dataset[name];
    else root.dataset[name] = event.newValue;
    tick();
  }
});
tick();

// Runs before the first paint: sets colours and spacing as remembered, so nothing flashes.
(() => {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem("shopbell.theme");
    const density = localStorage.getItem("shopbell.density");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    if (density === "compact") root.dataset.density = density;
  } catch {
    // Storage is forbidden in some private windows; the system's colours are fine.
  }
})();

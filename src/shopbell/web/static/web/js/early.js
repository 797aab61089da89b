// Runs before the first paint. Colours and spacing are set as remembered, so nothing flashes.
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

// A form that htmx sends has no address of its own: pressed before htmx listens it would ask for this
// page again, with everything typed in it gone. It is sent once htmx does.
(() => {
  const pressed = new Map();
  const hold = (event) => {
    if (!event.target.matches("[hx-post]:not([action])")) return;
    event.preventDefault();
    pressed.set(event.target, event.submitter);
  };
  document.addEventListener("submit", hold, true);
  document.addEventListener("DOMContentLoaded", () => setTimeout(() => {
    document.removeEventListener("submit", hold, true);
    for (const [form, button] of pressed) if (form.isConnected) form.requestSubmit(button);
  }));
})();

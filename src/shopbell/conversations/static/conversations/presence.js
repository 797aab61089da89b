// Who else is here: this page says every 15 s that it is looked at, and asks when others come.
const BEAT = 15_000;
const JUST_NOW = 8_000;
let typedAt = 0;

const here = () => document.getElementById("desk-case")?.dataset.here;
const headers = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");

async function beat() {
  const address = here();
  if (!address || document.hidden) return;
  const typing = performance.now() - typedAt < JUST_NOW && typedAt > 0;
  const body = new URLSearchParams(typing ? { typing: "1" } : {});
  try {
    await fetch(address, { method: "POST", body, headers: headers() });
  } catch {
    // The live state tells that we are offline; the next beat comes by itself.
  }
}

export function startPresence() {
  let wasTyping = false;
  const opened = () => {
    typedAt = 0;
    beat();
    const number = document.getElementById("desk-case")?.dataset.number;
    document.getElementById(`c-${number}`)?.classList.remove("unread");
  };
  document.addEventListener("desk:opened", opened);
  document.addEventListener("visibilitychange", () => document.hidden || beat());
  setInterval(() => {
    wasTyping = performance.now() - typedAt < JUST_NOW;
    beat();
  }, BEAT);
  document.addEventListener("input", (event) => {
    if (!event.target.closest?.("[data-composer]")) return;
    typedAt = performance.now();
    if (!wasTyping) beat();
    wasTyping = true;
  });
  let pause = 0;
  document.body.addEventListener("live:presence", (event) => {
    const now = document.getElementById("desk-case");
    const id = event.detail?.id;
    if (!now?.dataset.number || (id && id !== now.dataset.id)) return;
    clearTimeout(pause);
    pause = setTimeout(() => htmx.trigger("#presence", "desk:presence"), 300);
  });
}

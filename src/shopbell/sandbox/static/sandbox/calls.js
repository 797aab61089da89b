// Calls on the phone: time runs, keys of the keyboard are keys of the phone, captions are read aloud if wanted.
const clockOf = (since) => {
  const seconds = Math.max(0, Math.floor((Date.now() - new Date(since)) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};
const run = () => document.querySelectorAll("[data-since]").forEach((each) => {
  const text = clockOf(each.dataset.since);
  if (each.textContent !== text) each.textContent = text;
});
setInterval(run, 1000);

const voice = window.speechSynthesis;
let aloud = false;
let heard = 0;
let call = "";

const speak = () => {
  const screen = document.querySelector("[data-call]");
  if (screen?.id !== call) {
    call = screen?.id ?? "";
    heard = 0;
    if (!call) voice?.cancel();
  }
  const button = screen?.querySelector("[data-speak]");
  if (button && voice) {
    button.hidden = false;
    button.setAttribute("aria-pressed", String(aloud));
  }
  const captions = screen?.querySelectorAll("[data-caption]") ?? [];
  if (!aloud || !voice) return;
  for (const caption of [...captions].slice(heard)) {
    const said = new SpeechSynthesisUtterance(caption.textContent);
    said.lang = caption.lang;
    voice.speak(said);
  }
  heard = captions.length;
};

document.addEventListener("click", ({ target }) => {
  if (!target.closest?.("[data-speak]")) return;
  aloud = !aloud;
  if (!aloud) voice.cancel();
  heard = aloud ? 0 : heard;
  speak();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, textarea, select")) return;
  const key = [...document.querySelectorAll("[data-call] [data-key]")].find((each) => each.dataset.key === event.key);
  if (!key) return;
  event.preventDefault();
  event.stopPropagation();
  key.click();
}, true);

const look = () => { run(); speak(); };
document.addEventListener("htmx:afterSettle", look);
document.addEventListener("htmx:after:settle", look);
look();

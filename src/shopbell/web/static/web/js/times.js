// <time data-ago> says "6 min ago" and stays true while the page is open. The words are those of
// web/formats.py, so a page does not change its wording when the script arrives.
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

export function ago(moment, now = Date.now()) {
  const seconds = (now - moment) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return seconds >= 0 ? "just now" : "in a moment";
  const text =
    size < 3570 ? `${Math.max(1, Math.round(size / MINUTE))} min`
    : size < DAY ? `${Math.round(size / HOUR)} h`
    : size < DAY * 45 ? count(Math.round(size / DAY), "day")
    : size < DAY * 540 ? count(Math.round(size / DAY / 30.4), "month")
    : count(Math.round(size / DAY / 365.25), "year");
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

export function refresh(root = document) {
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const moment = Date.parse(time.dateTime);
    const text = ago(moment);
    if (!Number.isNaN(moment) && time.textContent !== text) time.textContent = text;
  }
}

// <select data-guess-timezone> begins with the zone of this computer, if it is among the choices.
for (const select of document.querySelectorAll("select[data-guess-timezone]")) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if ([...select.options].some((option) => option.value === timeZone)) select.value = timeZone;
}

setInterval(() => document.hidden || refresh(), 20_000);
document.addEventListener("visibilitychange", () => document.hidden || refresh());

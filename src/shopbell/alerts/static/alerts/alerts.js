// Alerts on every page: the number in the sidebar, and a note of the browser when no page is looked at.
const link = () => document.querySelector('#sidebar a[href$="/alerts/"]');
const SHOWN = "shopbell-alert";

function number(count) {
  const place = link();
  if (!place) return;
  let badge = place.querySelector(".count");
  if (!count) return badge?.remove();
  if (!badge) {
    badge = document.createElement("span");
    badge.className = "count hot";
    place.querySelector("kbd") ? place.querySelector("kbd").before(badge) : place.append(badge);
  }
  badge.textContent = count;
}

function note(newest) {
  if (!newest || localStorage.getItem(SHOWN) === newest.key) return;
  localStorage.setItem(SHOWN, newest.key); // once, however many tabs there are
  if (document.hasFocus() || !("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(newest.title, { body: newest.text, tag: newest.url });
  shown.onclick = () => {
    window.focus();
    location.assign(newest.url);
  };
}

let asked = 0;
async function look() {
  clearTimeout(asked);
  asked = setTimeout(async () => {
    const place = link();
    if (!place) return;
    const answer = await fetch(`${place.href}news/`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { count, newest } = await answer.json();
    number(count);
    note(newest);
  }, 300);
}

document.body.addEventListener("live:alerts", look);
document.body.addEventListener("live:again", look);
document.addEventListener("desk:opened", () => setTimeout(look, 1500)); // read by being there

// ---- this browser takes pushes ----
const said = (words) => (document.getElementById("device-state").textContent = words);
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function browserName() {
  const known = [["Edg/", "Edge"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]];
  const name = known.find(([mark]) => navigator.userAgent.includes(mark))?.[1] ?? "Browser";
  return `${name}${/Mobi|Android/.test(navigator.userAgent) ? " on a phone" : ""}`;
}

async function addDevice({ addDevice: address, worker, key }) {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return said("This browser cannot take alerts. Shopbell must be reached by https, and on an iPhone be added to the home screen.");
  if ((await Notification.requestPermission()) !== "granted") return said("The browser does not allow it. Allow notifications in its settings for this page, then try again.");
  await navigator.serviceWorker.register(worker);
  const registration = await navigator.serviceWorker.ready.catch(() => null) ?? (await navigator.serviceWorker.getRegistration(worker));
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  const given = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const body = new URLSearchParams({ endpoint: given.endpoint, key: text(given.getKey("p256dh")), secret: text(given.getKey("auth")), name: browserName() });
  const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  const answer = await fetch(address, { method: "POST", body, headers });
  if (!answer.ok) return said("The server did not take it. Try again in a moment.");
  location.reload();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-add-device]");
  if (!button) return;
  said("Asking the browser …");
  addDevice(button.dataset).catch(() => said("The browser could not be reached by its push service. Try again, or use another browser."));
});

// Live updates. <body data-live="/live/<store>"> opens one event stream for all tabs of the store;
// {"t": topic, "i": id} becomes the DOM event live:<topic> on <body>, so
//   <div hx-get="…" hx-trigger="live:orders from:body throttle:1s" hx-swap="morph">
// asks for itself again. With data-live-hold the answer waits while somebody points at or works in
// the list, behind a button that says so: nothing moves under a finger.
const url = document.body.dataset.live;
const notice = document.getElementById("live-state");
const GRACE = 4000;
let offlineTimer = 0;
let wasOffline = false;

function tell({ t: topic, i: id = "", resync = false }) {
  if (resync) document.body.dispatchEvent(new CustomEvent("live:again", { bubbles: true }));
  if (typeof topic !== "string" || !/^[\w.-]{1,60}$/.test(topic)) return;
  document.body.dispatchEvent(new CustomEvent(`live:${topic}`, { detail: { id }, bubbles: true }));
  document.body.dispatchEvent(new CustomEvent("live:any", { detail: { topic, id }, bubbles: true }));
}

function online(yes) {
  clearTimeout(offlineTimer);
  if (yes) {
    if (notice) notice.hidden = true;
    // What happened meanwhile was not heard: everything live asks once more.
    if (wasOffline) document.body.dispatchEvent(new CustomEvent("live:again", { bubbles: true }));
    wasOffline = false;
  } else {
    offlineTimer = setTimeout(() => {
      wasOffline = true;
      if (notice) notice.hidden = false;
    }, GRACE);
  }
}

function listen(onEvent, onState) {
  let wait = 1000;
  let source;
  const open = () => {
    // What came between drawing this page and opening the stream is asked for.
    source = new EventSource(`${url}?since=${document.body.dataset.liveSince}`);
    source.onopen = () => {
      wait = 1000;
      onState(true);
    };
    const take = (event) => {
      try {
        onEvent(JSON.parse(event.data));
      } catch {
        // Not ours (a keep-alive with text); the next one counts.
      }
    };
    source.onmessage = take;
    // Hints may have been missed: everything live asks once more.
    source.addEventListener("resync", () => onEvent({ resync: true }));
    source.onerror = () => {
      onState(false);
      // The browser retries by itself unless the server refused; then we do, ever slower, spread out.
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(open, wait * (0.5 + Math.random()));
        wait = Math.min(wait * 2, 30_000);
      }
    };
  };
  open();
  addEventListener("pagehide", () => source.close(), { once: true });
  addEventListener("pageshow", (event) => event.persisted && open());
}

// A browser opens six connections to a host: with a stream in every tab the seventh tab hangs. So
// one tab holds the lock and the stream, and passes on to the others.
function share() {
  const channel = new BroadcastChannel(`shopbell-live:${url}`);
  let leading = false;
  let state = true;
  let joined = false;
  channel.onmessage = ({ data }) => {
    if (data.kind === "event") tell(data.event);
    else if (data.kind === "state" && !leading) {
      online(data.yes);
      if (!joined) tell({ resync: true }); // what came before this tab listened was not heard
      joined = true;
    }
    else if (data.kind === "hello" && leading) channel.postMessage({ kind: "state", yes: state });
  };
  channel.postMessage({ kind: "hello" });
  navigator.locks.request(`shopbell-live:${url}`, () => {
    leading = true;
    listen(
      (event) => {
        tell(event);
        channel.postMessage({ kind: "event", event });
      },
      (yes) => {
        state = yes;
        online(yes);
        channel.postMessage({ kind: "state", yes });
      },
    );
    return new Promise((release) => addEventListener("pagehide", release, { once: true }));
  });
}

if (url) {
  if (navigator.locks && window.BroadcastChannel) share();
  else listen(tell, online);
}

// ---- holding updates while somebody works in the list ----
const busy = (element) =>
  element.matches(":hover, :focus-within") && !element.contains(document.activeElement?.closest?.("[data-live-show]"));

document.addEventListener("htmx:confirm", (event) => {
  const { elt, triggeringEvent, issueRequest } = event.detail;
  if (!triggeringEvent?.type?.startsWith("live:") || !elt.hasAttribute("data-live-hold") || !busy(elt)) return;
  event.preventDefault();
  hold(elt, issueRequest);
});

const held = new WeakMap();

function hold(element, issueRequest) {
  if (held.has(element)) return held.set(element, issueRequest);
  held.set(element, issueRequest);
  const bar = document.createElement("div");
  bar.className = "live-held";
  bar.dataset.liveShow = "";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.textContent = "There is news. Show it";
  bar.append(button);
  element.before(bar);
  const show = () => {
    const issue = held.get(element);
    if (!issue) return;
    held.delete(element);
    bar.remove();
    element.removeEventListener("pointerleave", later);
    element.removeEventListener("focusout", later);
    issue(true);
  };
  const later = () => setTimeout(() => element.isConnected && !busy(element) && show(), 600);
  button.addEventListener("click", show);
  element.addEventListener("pointerleave", later);
  element.addEventListener("focusout", later);
}

// What every page of the shop loads: a button. All else comes with the first click, or, for
// somebody who has written here before, when the page is idle. The server writes `const shop` above.
shop.base ||= import.meta.url.split("/widget/")[0]; // wherever the page got this from
shop.parts = `${shop.base}/widget-parts/${shop.parts}`;
const LABELS = {
  en: "Chat with us", de: "Chatten Sie mit uns", fr: "Discuter avec nous", es: "Chatee con nosotros",
  it: "Scrivici in chat", nl: "Chat met ons", pt: "Fale conosco", pl: "Napisz do nas", ar: "تحدث معنا",
};
const CLOSE = { en: "Close", de: "Schließen", fr: "Fermer", es: "Cerrar", it: "Chiudi", nl: "Sluiten", pt: "Fechar", pl: "Zamknij", ar: "إغلاق" };
const tongue = [document.documentElement.lang, ...navigator.languages]
  .map((tag) => (tag || "").slice(0, 2).toLowerCase()).find((tag) => tag in LABELS) || "en";

const memory = {};
/** What this browser remembers; a browser that keeps nothing remembers until the page goes. */
const store = {
  get(name) {
    try { return JSON.parse(localStorage.getItem(`shopbell:${shop.store}:${name}`)) ?? memory[name]; }
    catch { return memory[name]; }
  },
  set(name, value) {
    memory[name] = value;
    try { localStorage.setItem(`shopbell:${shop.store}:${name}`, JSON.stringify(value ?? null)); } catch { /* private */ }
  },
};

const STYLE = `
:host { all: initial; color-scheme: ${shop.theme || "inherit"}; position: fixed; z-index: 2147483000;
  bottom: ${shop.bottom}px; ${shop.position}: ${shop.side}px; --side: ${shop.side}px; --low: ${shop.bottom}px; font: 15px/1.45 system-ui, sans-serif;
  --tone: ${shop.tone}; --ink: #fff; }
@supports (color: light-dark(red, red)) {
  :host { --tone: light-dark(${shop.tone}, ${shop.toneDark}); --ink: light-dark(#fff, #161a18); }
}
@media print { :host { display: none; } }
.bell { all: unset; box-sizing: border-box; display: grid; place-items: center; position: relative;
  width: 56px; height: 56px; border-radius: 50%; cursor: pointer; background: var(--tone);
  color: var(--ink); box-shadow: 0 2px 12px rgb(0 0 0 / .28); }
.bell.pill { width: auto; padding: 0 20px; border-radius: 28px; grid-auto-flow: column; gap: 8px;
  font: 600 15px system-ui, sans-serif; }
.hint { position: absolute; bottom: 68px; ${shop.position}: 0; display: flex; align-items: start; width: max-content;
  max-width: min(280px, calc(100vw - 16px - var(--side))); background: #fff; color: #1e2321; border-radius: 12px;
  box-shadow: 0 4px 24px rgb(0 0 0 / .25); }
.hint:empty { display: none; }
.hint button { all: unset; box-sizing: border-box; min-width: 24px; padding: 12px; cursor: pointer; overflow-wrap: anywhere; }
.hint button:focus-visible { outline: 3px solid ${shop.tone}; border-radius: 12px; }
.bell:focus-visible { outline: 3px solid var(--tone); outline-offset: 3px; }
.bell svg { width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 1.8;
  stroke-linejoin: round; stroke-linecap: round; }
.bell[aria-busy=true] svg { opacity: .5; }
.count { position: absolute; top: -3px; inset-inline-end: -3px; min-width: 12px; padding: 1px 5px;
  border-radius: 10px; background: #b3261e; color: #fff; font: 600 12px/18px system-ui, sans-serif;
  text-align: center; }
.count:empty { display: none; }`;

class ShopbellChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const bell = document.createElement("button");
    bell.type = "button";
    bell.className = "bell";
    bell.setAttribute("aria-haspopup", "dialog");
    bell.setAttribute("aria-expanded", "false");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(svg.namespaceURI, "path");
    line.setAttribute("d", "M4 5h16v11H10l-5 4v-4H4z M8 9h8 M8 12h5");
    svg.append(line);
    this.count = document.createElement("span");
    this.count.className = "count";
    bell.append(svg, ...(shop.text ? [shop.text] : []), this.count);
    if (shop.text) bell.classList.add("pill");
    this.hint = document.createElement("div");
    this.hint.className = "hint";
    this.hint.setAttribute("role", "status");
    root.append(this.hint, bell);
    this.bell = bell;
    this.unread(0);
    bell.addEventListener("click", () => this.toggle());
    this.speak();
    if (store.get("talk")) (window.requestIdleCallback || setTimeout)(() => this.panel().catch(() => {}));
  }

  /** Show on the button how many answers wait. */
  unread(count) {
    this.count.textContent = count ? String(Math.min(count, 99)) : "";
    this.bell.setAttribute("aria-label", (shop.text || LABELS[tongue]) + (count ? ` (${count})` : ""));
  }

  /** Speak first where the shop wants it: once to each visitor, and never into somebody's typing. */
  speak() {
    for (const rule of shop.rules) {
      if (rule.lang && rule.lang !== tongue || !new RegExp(rule.page).test(location.pathname)) continue;
      setTimeout(() => this.offer(rule), rule.after * 1000);
    }
  }

  async offer(rule) {
    const said = store.get("said") || [];
    if (this.loading || this.hint.firstChild || store.get("talk") || store.get("quiet") || said.includes(rule.text)) return;
    if (document.hidden || document.activeElement?.matches("input, textarea, select, [contenteditable]")) {
      setTimeout(() => this.offer(rule), 5000);
      return;
    }
    if (rule.open) {
      const told = await fetch(`${shop.base}/widget/${shop.store}/standing`).then((answer) => answer.json()).catch(() => ({}));
      if (!told.open || this.loading) return;
    }
    store.set("said", [...said, rule.text]);
    shop.said = shop.greeting = rule.text;
    const [words, no] = [rule.text, "×"].map((text) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(text);
      return button;
    });
    words.dir = "auto";
    no.setAttribute("aria-label", CLOSE[tongue]);
    words.addEventListener("click", () => this.toggle());
    no.addEventListener("click", () => { store.set("quiet", 1); this.hint.replaceChildren(); this.bell.focus(); });
    this.hint.append(words, no);
  }

  /** Load the rest, once; after a failure the next click tries again. */
  panel() {
    this.loading ??= import(`${shop.parts}/panel.js${this.tries ? `?${this.tries}` : ""}`)
      .then((part) => part.mount({ host: this, shop, store, tongue }))
      .catch((error) => { this.loading = undefined; this.tries = (this.tries || 0) + 1; throw error; });
    return this.loading;
  }

  async toggle() {
    this.hint.replaceChildren();
    this.bell.setAttribute("aria-busy", "true");
    try { (await this.panel()).toggle(); }
    catch { console.warn("Shopbell: the chat could not be loaded. Click once more."); }
    finally { this.bell.removeAttribute("aria-busy"); }
  }
}

if (!customElements.get("shopbell-chat")) {
  customElements.define("shopbell-chat", ShopbellChat);
  const place = () => document.body.append(document.createElement("shopbell-chat"));
  document.body ? place() : addEventListener("DOMContentLoaded", place);
}

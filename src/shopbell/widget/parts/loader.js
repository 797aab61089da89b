// What every page of the shop loads: a button. All else comes with the first click, or, for
// somebody who has written here before, when the page is idle. The server writes `const shop` above.
shop.base = import.meta.url.split("/widget/")[0]; // wherever the page got this from
shop.parts = `${shop.base}/widget-parts/${shop.parts}`;
const LABELS = {
  en: "Chat with us", de: "Chatten Sie mit uns", fr: "Discuter avec nous", es: "Chatee con nosotros",
  it: "Scrivici in chat", nl: "Chat met ons", pt: "Fale conosco", pl: "Napisz do nas", ar: "تحدث معنا",
};
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
  bottom: 16px; ${shop.position}: 16px; font: 15px/1.45 system-ui, sans-serif;
  --tone: ${shop.tone}; --ink: #fff; }
@supports (color: light-dark(red, red)) {
  :host { --tone: light-dark(${shop.tone}, ${shop.toneDark}); --ink: light-dark(#fff, #161a18); }
}
@media print { :host { display: none; } }
.bell { all: unset; box-sizing: border-box; display: grid; place-items: center; position: relative;
  width: 56px; height: 56px; border-radius: 50%; cursor: pointer; background: var(--tone);
  color: var(--ink); box-shadow: 0 2px 12px rgb(0 0 0 / .28); }
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
    bell.append(svg, this.count);
    root.append(bell);
    this.bell = bell;
    this.unread(0);
    bell.addEventListener("click", () => this.toggle());
    if (store.get("talk")) (window.requestIdleCallback || setTimeout)(() => this.panel().catch(() => {}));
  }

  /** Show on the button how many answers wait. */
  unread(count) {
    this.count.textContent = count ? String(Math.min(count, 99)) : "";
    this.bell.setAttribute("aria-label", count ? `${LABELS[tongue]} (${count})` : LABELS[tongue]);
  }

  /** Load the rest, once; after a failure the next click tries again. */
  panel() {
    this.loading ??= import(`${shop.parts}/panel.js${this.tries ? `?${this.tries}` : ""}`)
      .then((part) => part.mount({ host: this, shop, store, tongue }))
      .catch((error) => { this.loading = undefined; this.tries = (this.tries || 0) + 1; throw error; });
    return this.loading;
  }

  async toggle() {
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

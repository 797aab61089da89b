// The open chat: a dialog in the shadow root of the button. Whatever anybody wrote becomes text
// nodes, never markup.
import { Line } from "./line.js";
import { STYLE } from "./style.js";

const MOST = 10_000;
const LARGEST = 10_000_000;
const COPY = "M7 13l5-5a2 2 0 0 1 3 3l-6 6a3.5 3.5 0 0 1-5-5l7-7";
const SEND = "M4 12l16-8-6 16-3-6z";
const CLOSE = "M6 6l12 12M18 6L6 18";

const SMILE = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 14c2 3 6 3 8 0M9 9v1M15 9v1";
const EMOJI = "😀 😂 😅 🙂 😉 😍 🤔 😕 😢 😡 👍 👎 👏 🙏 👋 💪 ❤️ 🎉 🎁 📦 🚚 ⏰ ✅ ❌".split(" ");

export async function mount({ host, shop, store, tongue }) {
  const words = await (await fetch(`${shop.parts}/${tongue}.json`)).json();
  return new Panel(host, shop, store, tongue, words);
}

function make(name, fields = {}, ...inside) {
  const { part, ...rest } = fields;
  const element = document.createElement(name);
  if (part) element.className = part;
  for (const [key, value] of Object.entries(rest)) {
    if (value === undefined || value === false) continue;
    if (key in element && typeof value !== "string") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...inside.filter((each) => each !== undefined && each !== ""));
  return element;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svg.namespaceURI, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** Web addresses as links, **bold** as bold, all else as it is. */
export function spoken(text, marks) {
  const found = /(https?:\/\/[^\s<>"']+)|\*\*([^*\n]+)\*\*|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)/g;
  const out = document.createDocumentFragment();
  let from = 0;
  if (marks) text = text.replace(/^[-*] /gm, "• ");
  for (const match of text.matchAll(found)) {
    if (!match[1] && !marks) continue;
    out.append(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2]) { out.append(make("strong", {}, match[2])); continue; }
    const tail = match[1]?.match(/[.,;:!?)\]]+$/)?.[0] || "";
    const address = match[4] || match[1].slice(0, match[1].length - tail.length);
    out.append(make("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, match[3] || address), tail);
  }
  out.append(text.slice(from));
  return out;
}

class Panel {
  constructor(host, shop, store, tongue, words) {
    Object.assign(this, { host, shop, store, tongue, words });
    this.line = new Line(shop, store);
    this.rows = new Map();
    // Dates as this person writes them: British, Austrian …
    this.locale = [...navigator.languages, tongue].find((tag) => tag.startsWith(tongue));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    host.shadowRoot.adoptedStyleSheets = [...host.shadowRoot.adoptedStyleSheets, sheet];
    this.#build();
    this.box.style[shop.position] = "0";
    host.shadowRoot.prepend(this.box);
    this.line.addEventListener("change", () => this.#show());
    addEventListener("storage", (event) => { if (event.key?.endsWith(":read")) this.#show(); });
    this.phone = matchMedia("(max-width: 480px)");
    this.phone.addEventListener("change", () => this.#modal());
    this.#show();
    if (store.get("token") || window.shopbell?.identity) this.line.sync().catch(() => {});
    this.line.listen();
    this.line.send();
  }

  #build() {
    const { words, shop } = this;
    this.box = make("section", { part: "panel", role: "dialog", "aria-labelledby": "title", lang: this.tongue, dir: this.tongue === "ar" ? "rtl" : "ltr", hidden: true });
    this.hours = make("p", { part: "hours" });
    const shut = make("button", { part: "tool", type: "button", "aria-label": words.close }, icon(CLOSE));
    shut.addEventListener("click", () => this.toggle(false));
    this.list = make("ol", { part: "said" });
    this.live = make("div", { part: "log", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": words.talk },
      make("p", { part: "hello" }, spoken(shop.greeting || words.greeting)), this.list);
    this.typing = make("p", { part: "typing", role: "status" });
    this.note = make("p", { part: "note", role: "status" });
    this.field = make("textarea", { rows: 1, maxLength: MOST, placeholder: words.placeholder, "aria-label": words.placeholder, enterkeyhint: "send", dir: "auto" });
    this.field.value = this.store.get("draft") || "";
    this.picker = make("input", { type: "file", hidden: true, tabindex: "-1", accept: ".jpg,.jpeg,.png,.gif,.webp,.heic,.pdf,.txt,.docx,.xlsx,.mp4,.mov,.webm" });
    const clip = make("button", { part: "tool", type: "button", "aria-label": words.attach }, icon(COPY));
    const smile = make("button", { part: "tool", type: "button", "aria-label": words.emoji, "aria-expanded": "false" }, icon(SMILE));
    this.emoji = this.#emojiPicker(smile);
    const send = make("button", { part: "tool send", type: "submit", "aria-label": words.send }, icon(SEND));
    this.form = make("form", { part: "write" }, clip, this.picker, smile, this.field, send);
    this.ask = this.#addressForm();
    this.before = this.#beforeForm();
    this.team = make("div", { part: "team", hidden: true });
    this.box.append(make("div", { part: "head" }, make("div", {}, make("h2", { id: "title" }, shop.title), this.team, this.hours), shut),
      this.live, this.typing, this.ask, this.note, this.before, this.emoji, this.form);
    clip.addEventListener("click", () => this.picker.click());
    this.picker.addEventListener("change", () => this.#attach());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.#write(); });
    this.field.addEventListener("input", () => { this.store.set("draft", this.field.value); this.#grow(); });
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.#write(); }
    });
    this.box.addEventListener("keydown", (event) => this.#key(event));
  }

  #addressForm() {
    const { words } = this;
    const field = make("input", { type: "email", name: "email", autocomplete: "email", required: true, maxLength: 254, placeholder: words.email, "aria-label": words.email });
    const later = make("button", { part: "quiet", type: "button" }, words.later);
    const form = make("form", { part: "ask", hidden: true }, make("p", { id: "why" }, words.ask),
      make("div", {}, field, make("button", { part: "save", type: "submit" }, words.save)), later);
    later.addEventListener("click", () => { this.store.set("asked", 1); this.#show(); this.field.focus(); });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await this.line.leave(field.value);
        this.store.set("asked", 1);
        this.line.state.address = true;
        this.#tell(words.thanks.replace("{email}", field.value));
        this.#show();
        this.field.focus();
      } catch (error) { this.#tell(error.status === 422 ? words.no_email : words.not_now); }
    });
    return form;
  }

  /** What the shop asks before the first message; whom it knows is not asked. */
  #beforeForm() {
    const { words, shop } = this;
    const form = make("form", { part: "ask", hidden: true }, make("p", {}, words.before));
    for (const ask of shop.asks) {
      const label = ask.label || words[ask.name];
      const field = make("input", { name: ask.name || ask.label, type: ask.name === "email" ? "email" : "text", required: ask.required, maxLength: 200, autocomplete: ask.name === "order" ? "off" : ask.name || "off", dir: "auto" });
      form.append(make("label", {}, ask.required ? label : `${label} ${words.optional}`, field));
    }
    form.append(make("button", { part: "save", type: "submit" }, words.start));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const about = Object.fromEntries(new FormData(form));
      this.store.set("about", about);
      if (about.email) this.store.set("asked", 1);
      this.#show();
      this.field.focus();
    });
    return form;
  }

  #asksBefore(items) {
    if (!this.shop.asks.length || this.store.get("about") || items.some((item) => item.mine) || this.line.known) return false;
    return !window.shopbell?.identity || Boolean(this.line.state.entries);
  }

  #emojiPicker(opener) {
    const box = make("div", { part: "emoji", role: "group", "aria-label": this.words.emoji, hidden: true });
    const shut = () => { box.hidden = true; opener.setAttribute("aria-expanded", "false"); this.field.focus(); };
    EMOJI.forEach((sign, at) => {
      const button = make("button", { type: "button", tabindex: at ? "-1" : "0" }, sign);
      button.addEventListener("click", () => {
        this.field.setRangeText(sign, this.field.selectionStart, this.field.selectionEnd, "end");
        this.field.dispatchEvent(new Event("input"));
        shut();
      });
      box.append(button);
    });
    box.addEventListener("keydown", (event) => {
      const way = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
      if (event.key === "Escape") { event.stopPropagation(); shut(); }
      if (!way) return;
      event.preventDefault();
      const all = [...box.children];
      const at = all.indexOf(event.target);
      const to = all[at + way * (this.tongue === "ar" && Math.abs(way) === 1 ? -1 : 1)] || all[at];
      all[at].tabIndex = -1;
      to.tabIndex = 0;
      to.focus();
    });
    opener.addEventListener("click", () => {
      box.hidden = !box.hidden;
      opener.setAttribute("aria-expanded", String(!box.hidden));
      if (!box.hidden) box.querySelector("[tabindex='0']").focus();
    });
    return box;
  }

  /** The picture of somebody, over the initials: a shop that lets no picture in shows those. */
  #face(name, mark) {
    const words = name.split(/\s+/).filter(Boolean).map((word) => [...word][0]);
    const box = make("span", { part: "face", "aria-hidden": "true" }, [words[0], words.length > 1 ? words.at(-1) : ""].join("").toUpperCase());
    if (mark) {
      const picture = make("img", { src: `${this.shop.base}/widget/${this.shop.store}/faces/${mark}.png`, alt: "" });
      picture.addEventListener("error", () => picture.remove());
      box.append(picture);
    }
    return box;
  }

  #showTeam() {
    const { team } = this.line.state;
    if (!team?.length || !this.team.hidden) return;
    this.team.append(...team.map((each) => this.#face(each.name, each.face)), make("span", {}, team.map((each) => each.name).join(", ")));
    this.team.hidden = false;
  }

  toggle(open = this.box.hidden) {
    this.box.hidden = !open;
    this.host.bell.setAttribute("aria-expanded", String(open));
    this.#modal();
    if (open) {
      this.#show();
      this.line.sync().catch(() => {});
      this.#grow();
      this.live.scrollTop = this.live.scrollHeight;
      (this.before.hidden ? this.field : this.before.querySelector("input")).focus();
    } else this.host.bell.focus();
  }

  /** On a phone the chat covers the page: then it is the only thing one can reach. */
  #modal() {
    this.box.setAttribute("aria-modal", String(this.phone.matches && !this.box.hidden));
    this.host.bell.hidden = this.phone.matches && !this.box.hidden;
  }

  #key(event) {
    event.stopPropagation(); // the shop's own shortcuts are not meant
    if (event.key === "Escape") this.toggle(false);
    if (event.key !== "Tab" || !this.phone.matches) return;
    const stops = [...this.box.querySelectorAll("button, a, input:not([hidden]), textarea, [tabindex='0']")].filter((each) => each.offsetParent);
    const at = this.host.shadowRoot.activeElement;
    const [first, last] = [stops[0], stops.at(-1)];
    if (event.shiftKey ? at === first : at === last) { event.preventDefault(); (event.shiftKey ? last : first).focus(); }
  }

  #write() {
    const text = this.field.value.trim();
    if (!text) return;
    this.line.write(text, { ...page(), said: this.shop.said }, this.store.get("talk") ? undefined : this.store.get("about"));
    this.field.value = "";
    this.store.set("draft", "");
    this.#grow();
    this.live.scrollTop = this.live.scrollHeight;
  }

  #attach() {
    const [file] = this.picker.files;
    this.picker.value = "";
    if (!file) return;
    if (file.size > LARGEST) this.#tell(this.words.too_large);
    else this.line.upload(file, page());
  }

  #grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight + 2, 140)}px`;
  }

  #tell(text) {
    this.told = text;
    this.#status();
    clearTimeout(this.forget);
    this.forget = setTimeout(() => { this.told = ""; this.#status(); }, 8000);
  }

  #status() { this.note.textContent = this.told || (navigator.onLine ? "" : this.words.offline); }

  // --- showing

  #show() {
    const items = this.line.items();
    const low = this.live.scrollHeight - this.live.scrollTop - this.live.clientHeight < 60;
    const kept = new Set();
    let place = this.list.firstChild;
    for (const item of items) {
      const key = item.client_id || item.id;
      if (kept.has(key)) continue;
      kept.add(key);
      let row = this.rows.get(key);
      if (row?.draft && item.id && item.files.length) { // now its files can be fetched
        if (row === place) place = place.nextSibling;
        row.remove();
        row = undefined;
      }
      if (!row) this.rows.set(key, row = this.#row(item));
      this.#mark(row, item);
      if (row === place) place = place.nextSibling;
      else this.list.insertBefore(row, place);
    }
    for (const [key, row] of this.rows) if (!kept.has(key)) { row.remove(); this.rows.delete(key); }
    this.typing.textContent = this.line.state.typing ? this.words.typing : "";
    this.ask.hidden = !(this.shop.ask && items.some((item) => item.mine) && this.line.state.entries && !this.line.state.address && !this.store.get("asked"));
    this.before.hidden = !this.#asksBefore(items);
    this.form.hidden = !this.before.hidden;
    this.#showTeam();
    this.hours.textContent = this.#whenBack();
    this.#status();
    if (low) this.live.scrollTop = this.live.scrollHeight;
    this.#count(items);
  }

  #row(item) {
    const said = make("div", { part: "bubble", dir: "auto" }, spoken(item.text, !item.mine));
    for (const file of item.files || []) said.append(this.#file(file));
    const who = item.mine ? make("span", { part: "hide" }, `${this.words.you}: `) : make("span", { part: "who" }, this.#face(item.name || this.shop.title, item.face), item.name || this.shop.title);
    const row = make("li", { part: item.mine ? "mine" : "theirs" }, who, said, make("span", { part: "state" }));
    row.draft = !item.id;
    return row;
  }

  #mark(row, item) {
    const time = new Intl.DateTimeFormat(this.locale, near(item.at)).format(item.at);
    const state = item.refused ? this.words[`refused_${item.refused}`] || this.words.refused
      : item.waits ? (this.line.failing || !navigator.onLine ? this.words.waiting : this.words.sending)
      : item.mine && this.line.state.read_until >= item.at ? `${time} · ${this.words.read}` : time;
    const place = row.lastChild;
    if (place.textContent !== state) place.textContent = state;
    row.classList.toggle("waits", Boolean(item.waits));
    row.classList.toggle("refused", Boolean(item.refused));
  }

  #file(file) {
    if (!file.id) return make("span", { part: "file" }, file.name);
    const button = make("button", { part: "file", type: "button" }, file.name);
    if (file.picture) this.#picture(file, button);
    button.addEventListener("click", async () => {
      try {
        const address = URL.createObjectURL(await this.line.file(file.id));
        make("a", { href: address, download: file.name }).click();
        setTimeout(() => URL.revokeObjectURL(address), 60_000);
      } catch { this.#tell(this.words.not_now); }
    });
    return button;
  }

  // The address needs the token, so the bytes are fetched; what cannot be shown stays a name.
  async #picture(file, button) {
    try {
      const address = URL.createObjectURL(await this.line.file(file.id));
      const low = this.live.scrollHeight - this.live.scrollTop - this.live.clientHeight < 60;
      const picture = make("img", { src: address, alt: file.name });
      await picture.decode();
      button.replaceChildren(picture);
      button.classList.add("picture");
      if (low) this.live.scrollTop = this.live.scrollHeight;
      URL.revokeObjectURL(address);
    } catch { /* a page may forbid it */ }
  }

  #whenBack() {
    const hours = this.line.state.hours || this.shop.hours;
    if (!hours) return "";
    if (hours.open) return this.words.open;
    if (!hours.back) return this.words.closed;
    const style = near(hours.back).dateStyle || hours.back - Date.now() > 20 * 3600_000 ? { weekday: "long", hour: "numeric", minute: "2-digit" } : { hour: "numeric", minute: "2-digit" };
    return this.words.back.replace("{when}", new Intl.DateTimeFormat(this.locale, style).format(hours.back));
  }

  /** Count what waits unread; tell the shop what was read, once it is before somebody's eyes. */
  #count(items) {
    const theirs = items.filter((item) => !item.mine);
    const last = theirs.at(-1);
    const read = this.store.get("read") || "";
    if (last && last.id > read && !this.box.hidden && !document.hidden) {
      this.store.set("read", last.id);
      this.line.read(last.id).catch(() => this.store.set("read", read));
      this.host.unread(0);
    } else this.host.unread(theirs.filter((item) => item.id > read).length);
  }
}

function near(at) {
  return new Date(at).toDateString() === new Date().toDateString() ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
}

/** Where the visitor is, and what the page tells about the basket. */
function page() {
  return { url: location.href.slice(0, 1000), title: document.title.slice(0, 200), cart: window.shopbell?.cart };
}

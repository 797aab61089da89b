// The line to the shop: who we are, what was written, what waits to be sent, what is new.
const PAUSES = [1, 2, 4, 8, 15, 30, 60];
const pause = (seconds, signal) => new Promise((done) => {
  const timer = setTimeout(done, seconds * 1000 * (0.75 + Math.random() / 2));
  signal?.addEventListener("abort", () => { clearTimeout(timer); done(); });
});

/** An answer that is no success. `status` 0: the network. */
export class Refused extends Error {
  constructor(status, error, wait) {
    super(error?.message || `status ${status}`);
    this.status = status;
    this.code = error?.code;
    this.wait = wait;
  }
}

export class Line extends EventTarget {
  constructor(shop, store) {
    super();
    this.shop = shop;
    this.store = store;
    this.entries = new Map(); // by id
    this.state = {};
    this.files = []; // files on their way live in this page only
    this.refused = [];
    addEventListener("online", () => { this.changed(); this.#wake?.(); this.send(); this.sync().catch(() => {}); this.listen(); });
    addEventListener("offline", () => this.changed());
    addEventListener("storage", (event) => {
      if (event.key === `shopbell:${shop.store}:queue`) this.changed();
      if (event.key === `shopbell:${shop.store}:talk`) this.listen();
    });
    document.addEventListener("visibilitychange", () => this.#visible());
  }

  changed() { this.dispatchEvent(new Event("change")); }

  // --- who we are: the token of this browser, or of the customer the page vouches for

  /** Whether the shop has vouched for who this is. */
  get known() { return Boolean(this.#known?.known); }

  #known; #meeting = {}; #me = "";

  /** Return the token to ask with; `bad` is one that was refused just now. */
  async token(bad) {
    const word = window.shopbell?.identity || "";
    let token;
    if (word) {
      if (this.#known?.word !== word || this.#known.token === bad) this.#known = { word, ...(await this.#meet(word)) };
      if (this.#known.known) token = this.#known.token;
    }
    if (!token) { // no word of the page, or one that nobody believes: this browser's own
      token = this.store.get("token");
      if (!token || token === bad) this.store.set("token", token = (await this.#meet("")).token);
    }
    const me = token.slice(0, 21); // the id is in front
    if (this.#me && this.#me !== me) this.entries.clear();
    this.#me = me;
    return token;
  }

  #meet(word) {
    return this.#meeting[word] ??= this.#ask("session", { json: { identity: word } })
      .finally(() => { delete this.#meeting[word]; });
  }

  async #ask(path, { json, body, token, type, signal, method, raw } = {}) {
    const headers = {};
    if (token) headers.authorization = `Bearer ${token}`;
    if (json) { headers["content-type"] = "application/json"; body = JSON.stringify(json); }
    if (type) headers["content-type"] = type;
    let answer;
    try {
      answer = await fetch(`${this.shop.base}/widget/${this.shop.store}/${path}`, {
        method: method || (body === undefined ? "GET" : "POST"), headers, body, credentials: "omit",
        signal: signal || AbortSignal.timeout(body instanceof Blob ? 120_000 : 20_000), cache: "no-store",
      });
    } catch { throw new Refused(0); }
    if (!answer.ok) {
      const told = await answer.json().catch(() => ({}));
      throw new Refused(answer.status, told.error, Number(answer.headers.get("retry-after")) || 0);
    }
    if (raw) return answer;
    return answer.status === 204 ? {} : answer.json();
  }

  /** Ask as this visitor; a token that is not taken any more is replaced once. */
  async ask(path, options = {}) {
    const token = await this.token();
    try { return await this.#ask(path, { ...options, token }); }
    catch (error) {
      if (error.status !== 401) throw error;
      return this.#ask(path, { ...options, token: await this.token(token) });
    }
  }

  // --- what was written

  #syncing; #again;

  /** Fetch what is new. Calls while one runs become one more. */
  async sync() {
    if (this.#syncing) { this.#again = true; return this.#syncing; }
    this.#syncing = this.#fetch();
    try { await this.#syncing; } finally {
      this.#syncing = undefined;
      if (this.#again) { this.#again = false; this.sync().catch(() => {}); }
    }
  }

  async #fetch() {
    const last = [...this.entries.keys()].sort().pop();
    const told = await this.ask(`messages${last ? `?after=${last}` : ""}`);
    this.state = told;
    for (const entry of told.entries) this.entries.set(entry.id, entry);
    this.#drop(told.entries.map((entry) => entry.client_id));
    if (told.entries.length && !this.store.get("talk")) this.store.set("talk", 1);
    this.changed();
  }

  /** All that is to be shown, in order: what the shop has, then what waits here. */
  items() {
    const had = [...this.entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const waits = [...this.queue(), ...this.files].map((item) => ({ ...item, mine: true, waits: true }));
    return [...had, ...this.refused, ...waits];
  }

  // --- what waits to be sent

  queue() { return this.store.get("queue") || []; }

  #drop(ids) {
    const left = this.queue().filter((item) => !ids.includes(item.client_id));
    if (left.length !== this.queue().length) this.store.set("queue", left);
  }

  /** Keep a message and send it, now or when there is a network again. It has its id from here on. */
  write(text, page, about) {
    const item = { client_id: newId(), text, page, about, at: Date.now(), who: this.#me };
    this.store.set("queue", [...this.queue(), item]);
    this.changed();
    this.send();
  }

  #sending;

  /** Send what waits, one after the other; one tab at a time where the browser knows locks. */
  send() {
    this.#sending ??= (navigator.locks
      ? navigator.locks.request(`shopbell:${this.shop.store}`, () => this.#sendAll())
      : this.#sendAll()).catch(() => {}).finally(() => { this.#sending = undefined; if (this.#next() && !this.failing) this.send(); });
    return this.#sending;
  }

  // What somebody else has written in this browser waits for them.
  #next() { return this.queue().find((item) => !item.who || !this.#me || item.who === this.#me); }

  async #sendAll() {
    let failures = 0;
    for (let item = this.#next(); item; item = this.#next()) {
      try {
        await this.token(); // now it is known who we are
        if (item.client_id !== this.#next()?.client_id) continue;
        const { entry } = await this.ask("messages", { json: { client_id: item.client_id, text: item.text, page: item.page, about: item.about, language: document.documentElement.lang || navigator.language } });
        this.entries.set(entry.id, entry);
        this.#drop([item.client_id]);
        this.store.set("talk", 1);
        failures = 0;
        this.failing = false;
        this.listen();
      } catch (error) {
        if (error.status >= 400 && error.status < 500 && ![401, 404, 408, 425, 429].includes(error.status)) {
          this.#drop([item.client_id]);
          this.refused.push({ ...item, mine: true, refused: error.code || "invalid" });
        } else {
          this.failing = true;
          this.changed();
          await Promise.race([pause(error.wait || PAUSES[Math.min(failures++, 6)]), new Promise((go) => { this.#wake = go; })]);
        }
      }
      this.changed();
    }
  }

  #wake;

  async upload(file, page) {
    const item = { client_id: newId(), text: "", at: Date.now(), files: [{ name: file.name, size: file.size }], file };
    this.files.push(item);
    this.changed();
    try {
      const query = new URLSearchParams({ client_id: item.client_id, name: file.name, page: page.url });
      const { entry } = await this.ask(`files?${query}`, { body: file, type: file.type || "application/octet-stream" });
      this.entries.set(entry.id, entry);
      this.store.set("talk", 1);
      this.listen();
    } catch (error) {
      this.refused.push({ client_id: item.client_id, text: file.name, at: item.at, mine: true, refused: error.code || "network" });
    }
    this.files = this.files.filter((other) => other !== item);
    this.changed();
  }

  // --- what is new: a stream of hints; whenever it opens we look for what we missed

  #listening; #stop; #hidden;

  listen() {
    if (this.#listening || !this.store.get("talk") || document.hidden) return;
    this.#stop = new AbortController();
    this.#listening = this.#listen(this.#stop.signal).finally(() => { this.#listening = undefined; });
  }

  #visible() {
    clearTimeout(this.#hidden);
    // Somebody who has looked away for a minute counts as gone: then answers may go by mail.
    if (document.hidden) this.#hidden = setTimeout(() => this.#stop?.abort(), 60_000);
    else { this.listen(); this.#wake?.(); this.send(); }
    this.changed();
  }

  async #listen(signal) {
    for (let failures = 0; !signal.aborted;) {
      const ended = new AbortController();
      const end = () => ended.abort();
      signal.addEventListener("abort", end);
      let silence;
      const heard = () => { clearTimeout(silence); silence = setTimeout(end, 40_000); };
      try {
        heard();
        const answer = await this.ask("stream", { raw: true, signal: ended.signal });
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
          heard();
          failures = 0;
          if (part.value.includes("data:")) this.sync().catch(() => {});
        }
        await pause(0.5, signal);
      } catch (error) {
        if (error.status === 403 || error.status === 404) this.sync().catch(() => {});
        await pause(error.wait || PAUSES[Math.min(failures++, 6)], signal);
      } finally {
        clearTimeout(silence);
        end();
        signal.removeEventListener("abort", end);
      }
    }
  }

  // --- the rest

  read(id) { return this.ask("seen", { json: { id } }); }

  async leave(email) {
    for (let tries = 1; ; tries += 1) { // an address can overtake the message it belongs to
      try { return await this.ask("contact", { json: { email } }); }
      catch (error) { if (error.status !== 409 || tries > 9) throw error; }
      await new Promise((done) => setTimeout(done, 400));
    }
  }

  async file(id) { return (await this.ask(`files/${id}`, { raw: true })).blob(); }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID(); // not on plain http
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

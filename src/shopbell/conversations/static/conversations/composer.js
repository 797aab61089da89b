// The composer: sending once, drafts, Markdown marks, and the warning that the customer wrote meanwhile.
import { mentionKeys, startMentions } from "./mentions.js";
import { savedKeys, startSaved } from "./saved.js";
import { hasFiles, showWaiting, startUploads } from "./uploads.js";

const PAUSE = 2500;
const composer = () => document.querySelector("[data-composer]");
const words = (form) => form.elements.namedItem("text");
let saved = "";
let timer = 0;

const headers = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");

function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function state(form, text) {
  const place = form.querySelector("[data-composer-state]");
  if (place) place.textContent = text;
}

const value = (form, name) => form.elements.namedItem(name)?.value ?? "";
const content = (form) => JSON.stringify([words(form).value, form.elements.mode.value, value(form, "cc"), value(form, "bcc")]);

async function keep(form, { last = false } = {}) {
  clearTimeout(timer);
  if (!form || content(form) === saved) return;
  const before = content(form);
  const body = new URLSearchParams({ text: words(form).value, mode: form.elements.mode.value, cc: value(form, "cc"), bcc: value(form, "bcc") });
  try {
    const answer = await fetch(form.dataset.draft, { method: "POST", body, headers: headers(), keepalive: last && body.toString().length < 60_000 });
    if (!answer.ok) throw new Error(String(answer.status));
    saved = before;
    if (form.isConnected) state(form, words(form).value.trim() ? "Draft kept" : "");
  } catch {
    if (form.isConnected) state(form, "Draft not kept, trying again");
    timer = setTimeout(() => keep(form), PAUSE * 2);
  }
}

// What the writer has read: the newest shown while nothing was typed. What comes later is told.
function look(form, { accept = false } = {}) {
  const latest = document.getElementById("desk-case")?.dataset.latest ?? "";
  const seen = form.elements.namedItem("seen");
  const notice = form.querySelector("[data-news]");
  if (accept || (!words(form).value.trim() && !hasFiles(form))) seen.value = latest;
  notice.hidden = seen.value === latest;
}

function mark(form, kind) {
  if (form.matches(".is-plain") && form.elements.mode.value === "reply") return;
  const field = words(form);
  const { selectionStart: from, selectionEnd: to, value } = field;
  const chosen = value.slice(from, to);
  const made = {
    bold: () => `**${chosen || "bold"}**`,
    italic: () => `*${chosen || "italic"}*`,
    link: () => `[${chosen || "text"}](https://)`,
    list: () => (chosen || "item").split("\n").map((line) => `- ${line}`).join("\n"),
    quote: () => (chosen || "quote").split("\n").map((line) => `> ${line}`).join("\n"),
  }[kind]();
  field.focus();
  field.setRangeText(made, from, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// Who else gets it: the row opens when somebody is in it, and goes where no copies can be sent.
function copies(form, { cc = "", bcc = "", open = false } = {}) {
  const row = form.querySelector("[data-copies]");
  if (!row) return;
  form.elements.namedItem("cc").value = cc;
  form.elements.namedItem("bcc").value = bcc;
  showCopies(form, open || Boolean(cc || bcc));
}

function showCopies(form, open) {
  const row = form.querySelector("[data-copies]");
  const opener = form.querySelector("[data-copies-open]");
  row.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
}

// A line that came in meanwhile can be answered on. Where nothing is written yet the answer goes where
// the customer wrote last: what was asked in private must not be answered in public.
function renewThreads(form) {
  const field = form.elements.namedItem("thread");
  const fresh = document.querySelector("[data-threads]");
  if (!field || !fresh) return;
  const of = (options) => [...options].map((option) => option.value).join();
  const before = field.value;
  if (of(fresh.children) === of(field.options)) return;
  field.replaceChildren(...[...fresh.children].map((option) => option.cloneNode(true)));
  const writing = words(form).value.trim() || hasFiles(form);
  if (writing && [...field.options].some((option) => option.value === before)) field.value = before;
  else field.selectedIndex = 0;
}

function fitChannel(form) {
  const chosen = form.querySelector('select[name="thread"]')?.selectedOptions[0];
  if (!chosen) return;
  for (const part of document.querySelectorAll("[data-reach]")) part.hidden = part.dataset.reach !== chosen.value;
  const by = form.querySelector("[data-reply-by]");
  if (by) by.textContent = ` by ${chosen.dataset.name}`;
  form.classList.toggle("is-plain", "plain" in chosen.dataset); // what would arrive as ** is not offered
  const offers = Number(chosen.dataset.buttons) > 0;
  form.querySelector("[data-options-open]").hidden = !offers;
  if (!offers) options(form, false);
  if (!form.querySelector("[data-copies]")) return;
  const mail = chosen.dataset.medium === "email";
  for (const part of form.querySelectorAll("[data-copies-open], [data-offer]")) part.hidden = !mail;
  if (mail) return;
  copies(form);
}

// Buttons below an answer, where the channel has them.
function options(form, open) {
  const row = form.querySelector("[data-options]");
  row.hidden = !open;
  if (open) return row.querySelector("input").focus();
  for (const field of row.querySelectorAll("input")) field.value = "";
}

function copyTo(form, address) {
  const field = form.elements.namedItem("cc");
  const before = field.value.split(",").map((each) => each.trim()).filter(Boolean);
  if (!before.includes(address)) before.push(address);
  copies(form, { cc: before.join(", "), bcc: value(form, "bcc") });
  keep(form);
}

function send(form) {
  if (!words(form).value.trim() && !hasFiles(form)) return words(form).focus();
  const wanted = form.elements.mode.value === "note" ? ".note-button" : ".button.primary";
  form.requestSubmit(form.querySelector(`button[type=submit]${wanted}`));
}

export function startComposer({ refreshCase }) {
  const began = () => {
    const form = composer();
    saved = form ? content(form) : "";
    if (!form) return;
    showWaiting(form, JSON.parse(form.dataset.waiting || "[]"));
    fitChannel(form);
  };
  began();
  startMentions();
  startSaved();
  startUploads();

  document.addEventListener("desk:opened", began);
  document.addEventListener("desk:renewed", () => {
    if (!composer()) return;
    look(composer());
    renewThreads(composer());
    fitChannel(composer());
  });

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("[data-composer]");
    if (!form) return;
    if (event.target.name === "mode") words(form).focus();
    clearTimeout(timer);
    timer = setTimeout(() => keep(form), PAUSE);
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "mode") words(event.target.closest("[data-composer]")).focus();
    if (event.target.name === "thread" && event.target.closest("[data-composer]")) fitChannel(event.target.form);
  });
  document.addEventListener("focusout", (event) => keep(event.target.closest?.("[data-composer]")));
  addEventListener("pagehide", () => composer() && keep(composer(), { last: true }));
  // Opening another conversation takes this composer away: keep what is in it first.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.target.id === "desk-case" && composer() && keep(composer()));

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-composer]");
    if (!form || event.target !== words(form)) return;
    if (savedKeys(event) || mentionKeys(event)) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key === "Enter") send(form);
    else if (command && event.key.toLowerCase() === "b") mark(form, "bold");
    else if (command && event.key.toLowerCase() === "i") mark(form, "italic");
    else if (event.key === "Escape") return event.target.blur();
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const tool = event.target.closest?.("[data-mark]");
    if (tool) return mark(tool.closest("[data-composer]"), tool.dataset.mark);
    const opener = event.target.closest?.("[data-copies-open]");
    if (opener) {
      const open = opener.getAttribute("aria-expanded") !== "true";
      showCopies(opener.form, open);
      if (open) opener.form.elements.namedItem("cc").focus();
    }
    const choices = event.target.closest?.("[data-options-open]");
    if (choices) options(choices.form, choices.form.querySelector("[data-options]").hidden);
    const offer = event.target.closest?.("[data-copy-to]");
    if (offer) copyTo(offer.form, offer.dataset.copyTo);
    // `r` and `n` press the mode that is chosen already: go and write.
    const mode = event.target.closest?.('[data-composer] input[name="mode"]');
    if (mode) words(mode.closest("[data-composer]")).focus();
  });

  document.body.addEventListener("desk:sent", ({ detail }) => {
    const form = composer();
    if (!form || form.id !== `composer-${detail.number}`) return;
    clearTimeout(timer);
    words(form).value = "";
    form.elements.namedItem("client_id").value = fresh();
    form.elements.mode.value = "reply";
    showWaiting(form, []);
    copies(form);
    options(form, false);
    saved = content(form);
    state(form, "");
    for (const menu of form.querySelectorAll("details[open]")) menu.open = false;
    look(form);
    words(form).focus();
  });

  document.body.addEventListener("desk:undone", ({ detail }) => {
    const form = composer();
    if (!form || form.id !== `composer-${detail.number}`) return;
    clearTimeout(timer); // else the draft of before would be written over what came back
    form.elements.mode.value = "reply";
    words(form).value = [detail.text, words(form).value].filter(Boolean).join("\n\n");
    showWaiting(form, detail.files ?? []);
    copies(form, detail);
    saved = "";
    keep(form);
    words(form).focus();
  });

  document.body.addEventListener("desk:taken", ({ detail }) => {
    const form = composer();
    if (!form || form.id !== `composer-${detail.number}`) return;
    clearTimeout(timer);
    form.elements.mode.value = detail.note ? "note" : "reply";
    words(form).value = detail.text;
    showWaiting(form, detail.files);
    copies(form, detail);
    saved = content(form);
    state(form, "Draft kept");
    words(form).focus();
  });

  // Somebody took over what was begun here: it is in their draft, unless more was typed since.
  let known = new Set();
  const taken = () => {
    const mine = document.querySelector(".desk-begun")?.dataset.me;
    return [...document.querySelectorAll(`[data-took="${mine}"]`)];
  };
  const countTaken = () => { known = new Set(taken().map((line) => line.id)); };
  countTaken();
  document.addEventListener("desk:opened", countTaken);
  document.addEventListener("desk:renewed", () => {
    const fresh = taken().filter((line) => !known.has(line.id));
    if (!fresh.length) return;
    for (const line of fresh) known.add(line.id);
    const form = composer();
    if (!form || content(form) !== saved) return;
    words(form).value = "";
    showWaiting(form, []);
    copies(form);
    saved = content(form);
    state(form, "A colleague took your draft over");
  });

  // What is refused is said where it was written, and stays until it is mended.
  document.addEventListener("toast", (event) => {
    const form = event.target.closest?.("[data-composer]");
    if (!form || event.detail?.tone !== "red") return;
    event.stopPropagation();
    const trouble = form.querySelector("[data-trouble]");
    trouble.textContent = event.detail.message;
    trouble.hidden = false;
  }, true);
  for (const name of ["input", "htmx:beforeRequest"]) {
    document.addEventListener(name, ({ target }) => {
      const trouble = target.closest?.("[data-composer]")?.querySelector("[data-trouble]");
      if (trouble) trouble.hidden = true;
    });
  }

  // 409: the customer wrote meanwhile. Show it; whoever sends again has read it.
  document.addEventListener("htmx:responseError", async ({ detail }) => {
    const form = detail.elt.closest?.("[data-composer]");
    if (!form || detail.xhr.status !== 409) return;
    look(form);
    const seen = form.elements.namedItem("seen");
    seen.value = document.getElementById("desk-case").dataset.latest;
    await refreshCase();
    seen.value = document.getElementById("desk-case").dataset.latest;
  });
}

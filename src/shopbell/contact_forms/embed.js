// Puts the form where this script stands, in a frame as tall as the form. A page that knows who is
// signed in says so in `window.shopbell.identity`; it travels in the body of a POST, never in an
// address.
(() => {
  const tag = document.currentScript;
  const home = new URL(tag.src);
  const place = tag.src.replace(/\.js(\?.*)?$/, "");
  const query = new URLSearchParams({ frame: "1", lang: tag.dataset.lang || document.documentElement.lang, from: location.href.slice(0, 1000) });
  if (tag.dataset.topic) query.set("topic", tag.dataset.topic);
  const frame = document.createElement("iframe");
  frame.name = `shopbell-form-${Math.random().toString(36).slice(2)}`;
  frame.title = tag.dataset.title || "Contact form";
  Object.assign(frame.style, { width: "100%", height: "640px", border: "0", display: "block" });
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== home.origin || event.data?.shopbell !== "form") return;
    const tall = Math.min(Math.max(Number(event.data.height) || 0, 120), 8000);
    frame.style.height = `${Math.ceil(tall)}px`;
    if (event.data.shown && frame.getBoundingClientRect().top < 0) frame.scrollIntoView();
  });
  tag.after(frame);
  const word = window.shopbell?.identity;
  if (!word) { frame.src = `${place}?${query}`; return; }
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: `${place}?${query}`, target: frame.name, hidden: true });
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "identity", value: word });
  form.append(field);
  tag.after(form);
  form.submit();
  form.remove();
})();

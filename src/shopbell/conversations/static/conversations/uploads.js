// Files of an answer: by picker, by drop, by paste. Each is sent at once and waits on the server.
import { say } from "shopbell/toasts";

const composer = () => document.querySelector("[data-composer]");
const list = (form) => form.querySelector("[data-files]");
const running = new Map(); // form id -> promises

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function line(name, bytes) {
  const item = document.createElement("li");
  const label = document.createElement("span");
  label.className = "clip";
  label.textContent = name;
  const how = document.createElement("span");
  how.className = "muted";
  how.textContent = size(bytes);
  item.append(label, how);
  return item;
}

function cross(label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "pill-x";
  button.setAttribute("aria-label", label);
  button.textContent = "×";
  button.addEventListener("click", act);
  return button;
}

function shown(form) {
  list(form).hidden = list(form).children.length === 0;
}

function add(form, file, place) {
  const item = line(file.name, file.size);
  item.dataset.id = file.id;
  if (file.picture) {
    const picture = document.createElement("img");
    picture.src = file.picture;
    picture.alt = "";
    item.prepend(picture);
  }
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "file_ids", value: file.id });
  item.append(field, cross(`Take out ${file.name}`, () => drop(form, item, file)));
  if (place) place.replaceWith(item);
  else list(form).append(item);
  shown(form);
}

const headers = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");

async function drop(form, item, file) {
  item.remove();
  shown(form);
  form.elements.namedItem("text").focus();
  const answer = await fetch(file.drop, { method: "POST", headers: headers() }).catch(() => null);
  if (!answer?.ok) {
    add(form, file);
    say("The file could not be taken out. Try again in a moment.", { tone: "red" });
  }
}

function post(form, file, bar) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${form.dataset.upload}?name=${encodeURIComponent(file.name)}`);
    for (const [name, value] of Object.entries({ ...headers(), "HX-Request": "true", "Content-Type": "application/octet-stream" })) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && (bar.value = event.loaded / event.total));
    request.addEventListener("load", () => (request.status === 201 ? done(JSON.parse(request.responseText)) : fail(new Error(words(request)))));
    request.addEventListener("error", () => fail(new Error("Shopbell could not be reached.")));
    request.send(file);
  });
}

function words(request) {
  try {
    return JSON.parse(request.getResponseHeader("HX-Trigger")).toast.message;
  } catch {
    return "The file was not taken.";
  }
}

async function upload(form, file) {
  const place = line(file.name || "picture.png", file.size);
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", `Uploading ${file.name}`);
  // It cannot be known how far the server has got, so it is taken out once it is there.
  let unwanted = false;
  place.append(bar, cross(`Take out ${file.name}`, () => {
    unwanted = true;
    place.remove();
    shown(form);
  }));
  list(form).append(place);
  shown(form);
  try {
    const kept = await post(form, file, bar);
    if (unwanted) await fetch(kept.drop, { method: "POST", headers: headers() });
    else add(form, kept, place);
    return true;
  } catch (error) {
    place.remove();
    shown(form);
    if (error.message) say(`${file.name}: ${error.message}`, { tone: "red" });
    return false;
  }
}

function take(form, files) {
  const jobs = [...files].map((file) => upload(form, file));
  running.set(form.id, [...(running.get(form.id) ?? []), ...jobs]);
  Promise.all(jobs).then(() => running.set(form.id, (running.get(form.id) ?? []).filter((job) => !jobs.includes(job))));
}

export function showWaiting(form, files) {
  list(form).replaceChildren();
  for (const file of files) add(form, file);
  shown(form);
}

export const hasFiles = (form) => list(form).children.length > 0;

export function startUploads() {
  document.addEventListener("click", (event) => {
    const clip = event.target.closest?.("[data-attach]");
    if (clip) clip.parentElement.querySelector("[data-picker]").click();
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-picker]")) return;
    take(event.target.closest("[data-composer]"), event.target.files);
    event.target.value = "";
  });
  document.addEventListener("paste", (event) => {
    const form = event.target.closest?.("[data-composer]");
    const files = [...(event.clipboardData?.files ?? [])];
    if (!form || !files.length || event.clipboardData.getData("text/plain").trim()) return;
    event.preventDefault();
    take(form, files);
  });

  // Dropped anywhere beside the list: a file that misses the field must not replace the page.
  const carries = (event) => event.dataTransfer?.types.includes("Files") && composer();
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      composer().classList.add("is-over");
    });
  }
  document.addEventListener("dragleave", (event) => event.relatedTarget || composer()?.classList.remove("is-over"));
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    composer().classList.remove("is-over");
    take(composer(), event.dataTransfer.files);
  });

  // Sending waits for what is still on its way; what was refused keeps the answer here.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target.closest?.("[data-composer]");
      const jobs = form && running.get(form.id);
      if (!jobs?.length) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const { submitter } = event;
      say("Sending as soon as the files are there.");
      Promise.all(jobs).then((taken) => taken.every(Boolean) && setTimeout(() => form.isConnected && form.requestSubmit(submitter)));
    },
    true,
  );
}

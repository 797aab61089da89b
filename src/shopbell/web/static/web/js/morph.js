// hx-swap="morph": turn the old HTML into the new one, keeping what did not change. Focus, typed
// text, open menus, selection and scroll stay. Lists should carry an id (or data-key) on each row.
const keyOf = (node) => (node.nodeType === 1 ? node.id || node.dataset.key || "" : "");
const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

export function morph(old, fresh) {
  if (!alike(old, fresh) && old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return fresh;
  }
  if (old.nodeType !== 1) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return old;
  }
  if (old.isEqualNode(fresh) || old.hasAttribute("data-keep")) return old;
  attributes(old, fresh);
  if (!isBeingTyped(old)) children(old, fresh);
  return old;
}

function attributes(old, fresh) {
  // What the browser or a person set stays: an open menu, a typed value, htmx's own marks.
  const own = (name) => (name === "open" && old.matches("details, dialog")) || (name === "value" && isBeingTyped(old));
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !own(name) && name !== "class") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!own(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (!fresh.hasAttribute("class") && old.className) old.removeAttribute("class");
  if (old.nodeName === "INPUT" && !isBeingTyped(old)) {
    if (old.type === "checkbox" || old.type === "radio") old.checked = fresh.hasAttribute("checked");
    else if (old.type !== "file") old.value = fresh.getAttribute("value") ?? "";
  }
}

const isBeingTyped = (element) =>
  element === document.activeElement && element.matches("input, textarea, select, [contenteditable]");

function children(old, fresh) {
  const keyed = new Map();
  for (const child of old.childNodes) if (keyOf(child)) keyed.set(keyOf(child), child);
  const wanted = new Set([...fresh.childNodes].map(keyOf).filter(Boolean));
  let here = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    // Rows that will not come again go first, so that the ones staying need not be moved.
    while (here && keyOf(here) && !wanted.has(keyOf(here))) here = drop(here);
    const known = keyOf(next) ? keyed.get(keyOf(next)) : null;
    if (known && known.nodeName === next.nodeName) {
      if (known === here) here = here.nextSibling;
      else move(old, known, here);
      morph(known, next);
    } else if (here && !keyOf(here) && !keyOf(next) && alike(here, next)) {
      const after = here.nextSibling;
      morph(here, next);
      here = after;
    } else {
      old.insertBefore(next, here);
    }
  }
  while (here) here = drop(here);
}

function move(parent, node, before) {
  // moveBefore keeps focus and frames; older browsers lose only those.
  if (parent.moveBefore) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
}

function drop(node) {
  const after = node.nextSibling;
  node.parentNode.removeChild(node); // a form whose button is called "remove" has no `remove()`
  return after;
}

const HANDLED = new Set(["morph", "morph:outerHTML", "morph:innerHTML"]);

function swap(style, target, fragment) {
  if (!HANDLED.has(style)) return false;
  if (style === "morph:innerHTML") {
    const shell = target.cloneNode(false);
    shell.append(...fragment.childNodes);
    children(target, shell);
    return [target];
  }
  const fresh = [...fragment.children].find((child) => child.id === target.id) ?? fragment.firstElementChild;
  if (!fresh) {
    target.remove();
    return [];
  }
  return [morph(target, fresh)];
}

const offer = () =>
  window.htmx?.defineExtension("morph", {
    isInlineSwap: (style) => HANDLED.has(style) && style !== "morph:innerHTML",
    handleSwap: swap,
  });
offer();

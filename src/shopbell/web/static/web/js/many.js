// Some of a long list: typing narrows the boxes down, what is ticked stays in sight. Without this
// script the boxes stand in a window to scroll.
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

for (const many of document.querySelectorAll("[data-many]")) {
  const filter = many.querySelector("[data-many-filter]");
  const labels = [...many.querySelectorAll(".many-boxes label")];
  filter.hidden = false;
  filter.addEventListener("input", () => {
    const wish = plain(filter.value.trim());
    for (const label of labels) {
      label.hidden = !plain(label.textContent).includes(wish) && !label.firstElementChild.checked;
    }
  });
  filter.addEventListener("keydown", (event) => {
    const first = labels.find((label) => !label.hidden && plain(label.textContent).includes(plain(filter.value.trim())));
    if (event.key === "Escape" && filter.value) {
      event.preventDefault();
      filter.value = "";
      filter.dispatchEvent(new Event("input"));
    } else if (event.key === "Enter") {
      event.preventDefault(); // it would send the form
      if (filter.value.trim()) first?.firstElementChild.click();
    } else if (event.key === "ArrowDown" && first) {
      event.preventDefault();
      first.firstElementChild.focus();
    }
  });
}

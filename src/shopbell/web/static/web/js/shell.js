// The sidebar on a phone: the same element, moved into a modal dialog while it is open.
const sidebar = document.getElementById("sidebar");
const slide = document.getElementById("slide-over");

if (sidebar && slide) {
  const home = sidebar.parentElement;
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-open-sidebar]")) {
      slide.append(sidebar);
      slide.showModal();
    } else if (slide.open && event.target.closest?.("a")) {
      slide.close();
    } else if (slide.open && event.target.closest?.("[data-open-keys]")) {
      slide.close();
    }
  });
  slide.addEventListener("close", () => home.prepend(sidebar));
  matchMedia("(min-width: 761px)").addEventListener("change", (wide) => {
    if (wide.matches && slide.open) slide.close();
  });
}

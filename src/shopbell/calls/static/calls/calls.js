// Who is calling: a hint names a call, and the corner of the page asks who it is.
const store = document.body.dataset.live?.split("/")[2];
let corner;

const place = () => {
  corner ??= document.querySelector(".call-notices");
  if (!corner) {
    corner = document.createElement("section");
    corner.className = "call-notices";
    corner.setAttribute("aria-label", "Calls");
    corner.setAttribute("aria-live", "polite");
    document.body.append(corner);
  }
  return corner;
};

const show = async (id) => {
  const answer = await fetch(`/s/${store}/calls/${id}/notice/`, { headers: { "X-Requested-With": "fetch" } });
  const before = document.getElementById(`call-${id}`);
  if (answer.status !== 200) return before?.remove();
  const box = document.createElement("template");
  box.innerHTML = await answer.text();
  if (before) before.replaceWith(box.content);
  else place().append(box.content);
};

document.body.addEventListener("live:calls", ({ detail }) => {
  if (store && detail?.id) show(detail.id);
});
document.addEventListener("click", ({ target }) => {
  target.closest?.("[data-call-close]")?.closest(".call-notice").remove();
});

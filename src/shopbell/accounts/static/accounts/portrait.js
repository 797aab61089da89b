// Makes a chosen picture a square of 128 pixels before it leaves the computer.
const SIZE = 128;
const form = document.querySelector("[data-portrait]");

async function small(file) {
  const picture = await createImageBitmap(file);
  const side = Math.min(picture.width, picture.height);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, SIZE, SIZE);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  return new File([blob], "picture.png", { type: "image/png" });
}

form.querySelector("[type=file]").addEventListener("change", async (event) => {
  const field = event.target;
  if (!field.files.length) return;
  try {
    const files = new DataTransfer();
    files.items.add(await small(field.files[0]));
    field.files = files.files;
    field.setCustomValidity("");
  } catch {
    field.setCustomValidity("This picture cannot be read. Choose a JPEG or PNG.");
    field.reportValidity();
  }
});

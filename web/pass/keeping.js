/** The pass as a picture and as a slip. */
import { ask } from "../lib/api.js";
import { handOver } from "../lib/downloads.js";

const SIDE = 1080; // pixels
const MARGIN = 40;

/** @param {{title: string, until: string, only: string}} texts */
export async function savePicture(pass, svg, texts) {
  const qr = await imageOf(svg);
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE + 420;
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  const side = SIDE - 2 * MARGIN;
  context.drawImage(qr, MARGIN, 120, side, side);
  context.fillStyle = "#000";
  context.textAlign = "center";
  const write = (text, y, font) => {
    context.font = `${font} system-ui, Roboto, "Noto Sans", sans-serif`;
    context.fillText(text, SIDE / 2, y, side);
  };
  write(texts.title, 90, "bold 56px");
  write(pass.code, SIDE + 130, "bold 76px");
  write(pass.masked_name, SIDE + 210, "bold 56px");
  write(texts.until, SIDE + 290, "48px");
  write(texts.only, SIDE + 360, "48px");
  const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  await handOver(picture, "ma-qr-qua-chot.png");
}

export async function saveSlip({ path, secret }) {
  const { body } = await ask("GET", `${path}/slip.pdf?paper=a6`, { headers: { "X-Pass-Secret": secret, Accept: "application/pdf" } });
  await handOver(body, "phieu-qua-chot.pdf");
}

function imageOf(svg) {
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => (URL.revokeObjectURL(address), resolve(image));
    image.onerror = () => (URL.revokeObjectURL(address), reject(new Error("the picture cannot be drawn")));
    image.src = address;
  });
}

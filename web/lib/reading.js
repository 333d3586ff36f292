/** Reads a QR from a picture. It runs in a worker, and on the page where a worker cannot. */
import { prepareZXingModule, readBarcodes } from "../vendor/zxing/reader/index.js";

const WASM = new URL("../vendor/zxing/reader/zxing_reader.wasm", import.meta.url).href;
const WANTED = { formats: ["QRCode"], maxNumberOfSymbols: 1 };

/** When the reader is loaded. */
export const ready = prepareZXingModule({ overrides: { locateFile: () => WASM }, fireImmediately: true });

let canvas, context;

/** @returns {Promise<string | undefined>} The text. */
export async function read(picture) {
  const { width, height } = picture;
  if (canvas?.width !== width || canvas.height !== height) {
    canvas = typeof OffscreenCanvas === "undefined" ? document.createElement("canvas") : new OffscreenCanvas(width, height);
    Object.assign(canvas, { width, height });
    context = canvas.getContext("2d", { willReadFrequently: true });
  }
  context.drawImage(picture, 0, 0);
  picture.close();
  const [found] = await readBarcodes(context.getImageData(0, 0, width, height), WANTED);
  return found?.text;
}

/** Reads QR codes beside the page, so that the page never waits for it. One picture at a time; the answer is its text. */
import { prepareZXingModule, readBarcodes } from "../vendor/zxing/reader/index.js";

// The WebAssembly must be the one that this glue was made with.
const WASM = new URL("../vendor/zxing/reader/zxing_reader.wasm", import.meta.url).href;
prepareZXingModule({ overrides: { locateFile: () => WASM }, fireImmediately: true });

const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { willReadFrequently: true });

addEventListener("message", async ({ data: picture }) => {
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  context.drawImage(picture, 0, 0);
  picture.close();
  try {
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
    const [found] = await readBarcodes(pixels, { formats: ["QRCode"], maxNumberOfSymbols: 1 });
    postMessage({ text: found?.text ?? null });
  } catch (error) {
    postMessage({ error: `${error}` });
  }
});

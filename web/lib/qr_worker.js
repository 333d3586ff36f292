/** Reads QR codes beside the page, so that the camera's picture never stops. Gets pictures, answers with texts. */
import { read, ready } from "./reading.js";

addEventListener("message", async ({ data }) => {
  try {
    postMessage({ text: await read(data) });
  } catch (error) {
    postMessage({ failed: String(error) });
  }
});

ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: String(error) }),
);

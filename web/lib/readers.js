/** The reader of QR codes: in a worker, or on the page if the browser has no worker for it, or none without network. */
import { scriptAddress } from "./trusted.js";

const PATIENCE = 15000; // milliseconds; a slow line loads the reader for the first time

let made;

/** @returns {Promise<(picture: ImageBitmap) => Promise<string | undefined>>} */
export function reader() {
  made ??= inWorker().catch(async () => {
    // By its address, as the worker: a page that reads codes only with network keeps neither of them on the device.
    const { read, ready } = await import(new URL("./reading.js", import.meta.url).href);
    await ready;
    return read;
  });
  made.catch(() => {
    made = undefined;
  });
  return made;
}

function inWorker() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(scriptAddress(new URL("./qr_worker.js", import.meta.url).href), { type: "module" });
    let answer;
    const read = (picture) =>
      new Promise((resolved, rejected) => {
        answer = { resolved, rejected };
        worker.postMessage(picture, [picture]);
      });
    const fail = (why) => {
      worker.terminate();
      made = undefined;
      reject(why);
      answer?.rejected(why);
    };
    setTimeout(() => reject(new Error("slow")), PATIENCE);
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      fail(event);
    });
    worker.addEventListener("message", ({ data }) => {
      if (data.ready) resolve(read);
      else if (data.failed) fail(new Error(data.failed));
      else answer.resolved(data.text);
    });
  });
}

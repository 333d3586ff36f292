/** The reader of QR codes: in a worker, or on the page if the browser has no worker for it, or none without network. */
import { scriptAddress } from "../lib/trusted.js";

const PATIENCE = 15000; // milliseconds; a slow line loads the reader for the first time

let made;

/** @returns {Promise<(picture: ImageBitmap) => Promise<string | undefined>>} */
export function reader() {
  made ??= inWorker().catch(async () => {
    const { read, ready } = await import("./reading.js");
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
    const worker = new Worker(scriptAddress(new URL("./scan_worker.js", import.meta.url).href), { type: "module" });
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

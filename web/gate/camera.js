/** The camera of the phone, and what it sees. */
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { useWords } from "../lib/language.js";
import { reader } from "./readers.js";
import { WORDS } from "./words.js";

const WANTED = { video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };
/** A code that is still before the camera is not read again: it must have been away for so long. Milliseconds. */
const AWAY = 2500;

/**
 * @param {{onText: (text: string) => void, paused: boolean}} props While `paused` the picture goes on, and nothing is
 *   read.
 */
export function Camera({ onText, paused }) {
  const words = useWords(WORDS);
  const video = useRef(null);
  const [state, tell] = useState({ name: "starting" });
  const [turn, again] = useState(0);
  const now = useRef({});
  now.current = { onText, paused };

  useEffect(() => {
    let ended = false;
    let stream = null;
    let lock = null;
    const stop = () => {
      ended = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
      lock?.release().catch(() => {});
    };
    const start = async () => {
      if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no camera", "missing");
      stream = await navigator.mediaDevices.getUserMedia(WANTED);
      if (ended) return stop();
      const track = stream.getVideoTracks()[0];
      track.addEventListener("ended", () => ended || tell({ name: "error", error: "NotReadableError" }));
      video.current.srcObject = stream;
      await video.current.play();
      await reader();
      lock = await navigator.wakeLock?.request("screen").catch(() => null);
      if (ended) return stop();
      tell({ name: "running", track, hasTorch: Boolean(track.getCapabilities?.().torch), isLit: false });
      look(video.current, now, () => ended);
    };
    start().catch((error) => {
      if (!ended) tell({ name: "error", error: error.name });
      stop();
    });
    return stop;
  }, [turn]);

  useEffect(() => {
    // A phone takes the camera from a page that is not seen, and seldom gives it back.
    const seen = () => {
      if (document.visibilityState === "visible") again((each) => each + 1);
    };
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, []);

  const light = async () => {
    try {
      await state.track.applyConstraints({ advanced: [{ torch: !state.isLit }] });
      tell({ ...state, isLit: !state.isLit });
    } catch {
      tell({ ...state, hasTorch: false });
    }
  };

  if (state.name === "error") {
    return html`<div class="camera-error" role="alert">
      <p>${words.cameraErrors[state.error] ?? words.cameraErrors.other}</p>
      <button type="button" onClick=${() => (tell({ name: "starting" }), again(turn + 1))}>${words.again}</button>
    </div>`;
  }
  return html`<div class="camera">
    <video ref=${video} muted playsinline aria-label=${words.aim}></video>
    <div class="frame" aria-hidden="true"></div>
    <p class="aim" role="status">${state.name === "starting" ? words.cameraStarting : words.aim}</p>
    ${state.hasTorch &&
    html`<button type="button" class="torch" aria-pressed=${state.isLit} onClick=${light}>
      ${state.isLit ? words.torchOff : words.torchOn}
    </button>`}
  </div>`;
}

/** Read one picture after the other, as fast as the reader can, and no faster than the camera. */
async function look(video, now, hasEnded) {
  const last = { text: null, at: -AWAY };
  const picture = () =>
    new Promise((resolve) => {
      if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
      else requestAnimationFrame(resolve);
    });
  while (!hasEnded()) {
    await picture();
    if (hasEnded() || !video.videoWidth) continue;
    // A reader that failed is made again.
    const text = await Promise.all([reader(), createImageBitmap(video)])
      .then(([read, seen]) => read(seen))
      .catch(() => undefined);
    if (!text || hasEnded()) continue;
    const isNew = text !== last.text || performance.now() - last.at > AWAY;
    Object.assign(last, { text, at: performance.now() });
    if (isNew && !now.current.paused) now.current.onText(text);
    else if (isNew) last.text = null; // it is to be read once the decision is made
  }
}

/** The camera, and the QR codes that it sees. Loaded when somebody asks for it. */
import { useWords } from "./language.js";
import { reader } from "./readers.js";
import { html, useEffect, useRef, useState } from "./view.js";

const WANTED = { video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };
/** A code that is still before the camera is not read again: it must have been away for so long. Milliseconds. */
const AWAY = 2500;

const WORDS = {
  vi: {
    starting: "Đang mở máy ảnh…",
    picture: "Hình từ máy ảnh",
    aim: "Đưa mã QR vào giữa khung",
    lightOn: "Bật đèn",
    lightOff: "Tắt đèn",
    close: "Đóng máy ảnh",
    again: "Thử lại",
    errors: {
      NotAllowedError: "Chưa được phép dùng máy ảnh. Cho phép trang này trong cài đặt của trình duyệt rồi thử lại, hoặc gõ bằng tay.",
      NotFoundError: "Máy này không có máy ảnh. Vui lòng gõ bằng tay.",
      NotReadableError: "Ứng dụng khác đang dùng máy ảnh. Đóng ứng dụng đó rồi thử lại.",
      missing: "Trình duyệt này không dùng được máy ảnh. Mở trang bằng Chrome hoặc Safari, hoặc gõ bằng tay.",
      other: "Không mở được máy ảnh. Vui lòng gõ bằng tay.",
    },
  },
  en: {
    starting: "Opening the camera…",
    picture: "Picture of the camera",
    aim: "Hold the QR into the middle",
    lightOn: "Light on",
    lightOff: "Light off",
    close: "Close the camera",
    again: "Try again",
    errors: {
      NotAllowedError: "The page may not use the camera. Allow it in the browser's settings and try again, or type.",
      NotFoundError: "This device has no camera. Please type.",
      NotReadableError: "Another app uses the camera. Close it and try again.",
      missing: "This browser cannot use the camera. Open the page in Chrome or Safari, or type.",
      other: "The camera cannot be opened. Please type.",
    },
  },
};

/**
 * A picture of the camera that reads QR codes.
 *
 * @param {{onText: (text: string) => void, paused?: boolean, onClose?: () => void, children?: any}} props `onText` gets
 *   each text once, as long as it stays before the camera. While `paused` the picture goes on, and nothing is read.
 *   `onClose` has a button.
 */
export function Camera({ onText, paused = false, onClose, children }) {
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
      tell({ name: "running", track, hasLight: Boolean(track.getCapabilities?.().torch), isLit: false });
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
      tell({ ...state, hasLight: false });
    }
  };

  const close = onClose && html`<button type="button" class="wide" onClick=${onClose}>${words.close}</button>`;
  if (state.name === "error") {
    return html`<div class="camera-error" role="alert">
      <p>${words.errors[state.error] ?? words.errors.other}</p>
      <button type="button" class="wide" onClick=${() => (tell({ name: "starting" }), again(turn + 1))}>${words.again}</button>
      ${close}
    </div>`;
  }
  return html`<div class="camera">
    <div class="camera-frame"><video ref=${video} muted playsinline aria-label=${words.picture}></video></div>
    <p class="aim" role="status">${state.name === "starting" ? words.starting : words.aim}</p>
    ${children}
    ${state.hasLight &&
    html`<button type="button" class="wide light" aria-pressed=${state.isLit} onClick=${light}>
      ${state.isLit ? words.lightOff : words.lightOn}
    </button>`}
    ${close}
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

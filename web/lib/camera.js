/** The camera, and what it reads. Loaded when somebody asks for it. */
import { useWords } from "./language.js";
import { scriptAddress } from "./trusted.js";
import { html, useEffect, useRef, useState } from "./view.js";

const WANTED = { video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };

const WORDS = {
  vi: {
    starting: "Đang mở máy ảnh…",
    picture: "Hình từ máy ảnh",
    hold: "Đưa mã QR vào giữa khung",
    refused: "Trang chưa được dùng máy ảnh. Cho phép trong cài đặt của trình duyệt, hoặc gõ bằng tay.",
    none: "Không mở được máy ảnh. Mở trang bằng Chrome hoặc Safari, hoặc gõ bằng tay.",
    light_on: "Bật đèn",
    light_off: "Tắt đèn",
    close: "Đóng máy ảnh",
  },
  en: {
    starting: "Opening the camera…",
    picture: "Picture of the camera",
    hold: "Hold the QR into the middle",
    refused: "The page may not use the camera. Allow it in the browser's settings, or type.",
    none: "The camera cannot be opened. Open the page in Chrome or Safari, or type.",
    light_on: "Light on",
    light_off: "Light off",
    close: "Close the camera",
  },
  // No native speaker has read these yet.
  km: {
    starting: "កំពុងបើកកាមេរ៉ា…",
    picture: "រូបពីកាមេរ៉ា",
    hold: "សូមដាក់ QR នៅចំកណ្តាល",
    refused: "ទំព័រនេះមិនទាន់បានអនុញ្ញាតឱ្យប្រើកាមេរ៉ាទេ។ សូមអនុញ្ញាតក្នុងការកំណត់របស់កម្មវិធីរុករក ឬវាយអក្សរ។",
    none: "មិនអាចបើកកាមេរ៉ាបានទេ។ សូមបើកទំព័រនេះក្នុង Chrome ឬ Safari ឬវាយអក្សរ។",
    light_on: "បើកភ្លើង",
    light_off: "បិទភ្លើង",
    close: "បិទកាមេរ៉ា",
  },
  zh: {
    starting: "正在打开相机…",
    picture: "相机画面",
    hold: "请把二维码对准画面中央",
    refused: "本页未获准使用相机。请在浏览器设置中允许，或手动输入。",
    none: "无法打开相机。请用 Chrome 或 Safari 打开本页，或手动输入。",
    light_on: "开灯",
    light_off: "关灯",
    close: "关闭相机",
  },
};

/**
 * A picture of the camera that reads QR codes.
 *
 * @param {{onText: (text: string) => void, onClose: () => void, children?: any}} props `onText` gets each text that is
 *   read; the same one again as long as it is seen.
 */
export function Camera({ onText, onClose, children }) {
  const words = useWords(WORDS);
  const video = useRef(null);
  const heard = useRef(onText);
  heard.current = onText;
  const [state, set] = useState("starting");
  const [track, have] = useState(null);
  const [isLit, light] = useState(false);

  useEffect(() => {
    const reading = read(video.current, (text) => heard.current(text));
    reading.started.then(
      (first) => (set("on"), have(first)),
      (error) => set(error.name === "NotAllowedError" ? "refused" : "none"),
    );
    return reading.stop;
  }, []);

  // Only where it is there: a button that does nothing is worse than none.
  const hasLight = track?.getCapabilities?.().torch;
  const switchLight = async () => {
    await track.applyConstraints({ advanced: [{ torch: !isLit }] });
    light(!isLit);
  };
  return html`<div class="camera">
    <div class="camera-frame" hidden=${state === "refused" || state === "none"}>
      <video ref=${video} muted playsinline aria-label=${words.picture}></video>
    </div>
    <p role="status">${state === "on" ? words.hold : words[state]}</p>
    ${children}
    ${hasLight && html`<button type="button" class="wide" onClick=${switchLight}>${isLit ? words.light_off : words.light_on}</button>`}
    <button type="button" class="wide" onClick=${onClose}>${words.close}</button>
  </div>`;
}

/** Open the camera and read what it sees, until `stop`. */
function read(video, tell) {
  const worker = new Worker(scriptAddress(new URL("./qr_worker.js", import.meta.url).pathname), { type: "module" });
  let stream = null;
  let isStopped = false;

  const look = async () => {
    if (isStopped) return;
    // A hidden page has no new pictures; it looks again when it is seen.
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return void setTimeout(look, 100);
    const picture = await createImageBitmap(video).catch(() => null);
    if (isStopped) picture?.close();
    else if (picture) worker.postMessage(picture, [picture]);
    else setTimeout(look, 100);
  };
  worker.addEventListener("message", ({ data }) => {
    if (isStopped) return;
    if (data.text) tell(data.text);
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(look);
    else setTimeout(look, 60);
  });

  const begin = async () => {
    const opened = await navigator.mediaDevices.getUserMedia(WANTED);
    if (isStopped) return void opened.getTracks().forEach((each) => each.stop());
    stream = opened;
    video.srcObject = stream;
    await video.play();
    look();
    return stream.getVideoTracks()[0];
  };
  const stop = () => {
    isStopped = true;
    worker.terminate();
    for (const each of stream?.getTracks() ?? []) each.stop();
  };
  return { started: begin(), stop };
}

/** *I am there*: what the board of a gate says is sent for the pass, which then holds while its holder waits. */
import { Problem, ask } from "../lib/api.js";
import { useWords } from "../lib/language.js";
import { Failure, Field } from "../lib/parts.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { WORDS } from "./words.js";

const BOARD = /^TNB1:/;
const AGAIN = 3000; // milliseconds

/** @param {{link: object, close: (isRecorded: boolean) => void}} props */
export function Arrival({ link, close }) {
  const words = useWords(WORDS);
  const [camera, open] = useState(null);
  const [typed, type] = useState("");
  const [state, set] = useState({ is: "idle", error: null, board: "" });
  const heading = useRef(null);
  useEffect(() => heading.current?.focus(), []);

  const send = async (board) => {
    if (state.is === "sending" || !board.trim()) return;
    set({ is: "sending", error: null, board });
    try {
      await ask("POST", `${link.path}/arrival`, { body: { board: board.trim() }, headers: { "X-Pass-Secret": link.secret } });
      close(true);
    } catch (error) {
      set({ is: "failed", error, board });
    }
  };
  const read = (text) => {
    if (state.is === "sending" || (state.error && text === state.board)) return;
    if (BOARD.test(text)) send(text);
    else set({ is: "wrong", error: null, board: text });
  };
  // The same board is good for some minutes: on a bad line it is sent again by itself.
  const isPassing = state.is === "failed" && !(state.error instanceof Problem && !state.error.isPassing);
  useEffect(() => {
    if (!isPassing) return undefined;
    const timer = setTimeout(() => send(state.board), Math.max((state.error.retryAfter ?? 0) * 1000, AGAIN));
    return () => clearTimeout(timer);
  }, [state]);
  const openCamera = () => import("../lib/camera.js").then(open, (error) => set({ is: "failed", error, board: "" }));

  return html`<section class="arriving">
    <h2 tabindex="-1" ref=${heading}>${words.scan_board}</h2>
    <p class="hint">${words.scan_board_hint}</p>
    ${state.is === "wrong" && html`<p class="failure" role="alert">${words.not_a_board}</p>`}
    ${state.is === "failed" && !isPassing && html`<${Failure} error=${state.error} />`}
    ${isPassing && html`<p class="failure" role="alert">${words.resending}</p>`}
    ${state.is === "sending" && html`<p role="status">${words.sending}</p>`}
    ${camera
      ? html`<${camera.Camera} onText=${read} onClose=${() => open(null)} />`
      : navigator.mediaDevices?.getUserMedia && html`<button type="button" class="primary wide" onClick=${openCamera}>${words.open_camera}</button>`}
    <form novalidate onSubmit=${(event) => (event.preventDefault(), send(typed))}>
      <${Field}
        name="board"
        label=${words.or_type}
        value=${typed}
        onInput=${type}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        maxlength="120"
      />
      <button class="wide">${words.send}</button>
      <button type="button" class="plain" onClick=${() => close(false)}>${words.close}</button>
    </form>
  </section>`;
}

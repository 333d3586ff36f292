/** The queue of the gate: who waits, how long, and the board by which travellers say that they are there. */
import { clockTime, useWords } from "../lib/language.js";
import { Back, Failure, Loading } from "../lib/parts.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { asked } from "./asking.js";
import { QUEUE_WORDS } from "./queue_words.js";
import { shownPlate } from "./seen.js";

/** People in one answer: a guard does not read a longer list. */
const MOST = 100;
const AGAIN = 5000, LONGEST_SLEEP = 60000; // milliseconds
const MINUTE = 60000;

export function Queue({ wait, ahead, onCheck, onBack, onBoard }) {
  const words = useWords(QUEUE_WORDS);
  const [found, setFound] = useState(null);
  const [error, tell] = useState(null);
  const load = () => {
    tell(null);
    asked("GET", `/v1/checkpoint/arrivals?limit=${MOST}`).then((answer) => setFound({ ...answer, at: Date.now() }), tell);
  };
  useEffect(load, []);
  const minutes = (each) => Math.max(0, Math.floor((found.at - ahead - Date.parse(each.arrived_at)) / MINUTE));
  return html`<main>
    <${Back} onClick=${onBack} />
    <h1>${words.title}</h1>
    ${wait?.minutes !== undefined
      ? html`<p class="wait"><strong>${words.wait(wait.minutes)}</strong><br /><span class="quiet">${words.waitHow}</span></p>`
      : html`<p class="quiet">${words.waitUnknown}</p>`}
    <button type="button" class="primary wide" onClick=${onBoard}>${words.openBoard}</button>
    <${Failure} error=${error} retry=${load} />
    ${!found && !error && html`<${Loading} />`}
    ${found &&
    html`<div class="list-head">
        <p role="status">
          ${found.waiting.length ? words.people(found.waiting.length, found.complete) : words.nobody}<br /><span class="quiet">${words.loadedAt(clockTime(found.at))}</span>
        </p>
        <button type="button" onClick=${load}>${words.reload}</button>
      </div>
      <ul class="found" aria-label=${words.title}>
        ${found.waiting.map(
          (each) => html`<li>
            <button type="button" onClick=${() => onCheck(each.code)}>
              <span class="found-name">${each.full_name}</span>
              <span class="found-facts">${[shownPlate(each.plate), each.origin === "unproven" && words.unproven, words.since(clockTime(each.arrived_at))].filter(Boolean).join(" · ")}</span>
              <span class="found-verdict">${words.waits(minutes(each))}</span>
            </button>
          </li>`,
        )}
      </ul>
      ${found.waiting.length > 0 && html`<p class="quiet">${words.lead}</p>`}`}
  </main>`;
}

/** A QR for travellers, as large as the screen allows. It changes every five minutes, by itself. */
export function Board({ name, ahead, onBack }) {
  const words = useWords(QUEUE_WORDS);
  const [board, show] = useState(null);
  const [error, tell] = useState(null);
  const picture = useRef(null);
  useEffect(() => {
    let timer = 0;
    const isShown = { now: true };
    const until = (moment) => Date.parse(moment) - (Date.now() - ahead);
    const load = () =>
      asked("GET", "/v1/checkpoint/board").then(
        (answer) => {
          if (!isShown.now) return;
          tell(null);
          show(answer);
          timer = setTimeout(load, Math.min(Math.max(until(answer.changes_at) + 1000, 1000), LONGEST_SLEEP));
        },
        (why) => {
          if (!isShown.now) return;
          tell(why);
          timer = setTimeout(load, AGAIN);
        },
      );
    let lock = null;
    const keepAwake = () => navigator.wakeLock?.request("screen").then((held) => (lock = held), () => {});
    const seen = () => document.visibilityState === "visible" && (keepAwake(), clearTimeout(timer), load());
    load();
    keepAwake();
    document.addEventListener("visibilitychange", seen);
    return () => {
      isShown.now = false;
      clearTimeout(timer);
      lock?.release().catch(() => {});
      document.removeEventListener("visibilitychange", seen);
    };
  }, []);
  useEffect(() => {
    // No HTML of a text: the picture is a file of its own.
    if (!board) return undefined;
    const address = URL.createObjectURL(new Blob([board.svg], { type: "image/svg+xml" }));
    if (picture.current) picture.current.src = address;
    return () => URL.revokeObjectURL(address);
  }, [board?.text]);
  const isOver = board && Date.now() - ahead > Date.parse(board.accepted_until);
  return html`<main class="board">
    <${Back} onClick=${onBack} />
    ${!board && !error && html`<${Loading} />`}
    ${!board && html`<${Failure} error=${error} />`}
    ${board &&
    html`<h1>${words.boardTitle} <span lang=${document.documentElement.lang === "vi" ? "en" : "vi"}>${words.boardTitleOther}</span></h1>
      <p class="board-gate">${name}</p>
      <img ref=${picture} class=${isOver ? "board-picture over" : "board-picture"} alt=${board.text} width="360" height="360" />
      <p class="board-text">${board.text}</p>
      ${isOver && html`<p class="failure" role="alert">${words.stale}</p>`}
      <p class="board-times" role="status"><span class="on-screen">${words.changes(clockTime(board.changes_at))}<br /></span>${words.accepted(clockTime(board.accepted_until))}</p>
      <p>${words.boardHow}</p>
      <p lang=${document.documentElement.lang === "vi" ? "en" : "vi"}>${words.boardHowOther}</p>
      <button type="button" class="wide" onClick=${() => print()}>${words.print}</button>
      <p class="quiet on-screen">${words.printHint}</p>`}
  </main>`;
}

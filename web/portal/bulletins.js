/** Bulletins: one member of the committee drafts, another releases. */
import { BulletinText } from "../lib/bulletin.js";
import { clockTime, dateOf, useWords } from "../lib/language.js";
import { Failure } from "../lib/parts.js";
import { askAsStaff } from "../lib/session.js";
import { html, useEffect, useState } from "../lib/view.js";
import { WORDS } from "./words.js";

export function Bulletins({ own }) {
  const words = useWords(WORDS).bulletins;
  const [drafts, setDrafts] = useState([]);
  const [error, setError] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const [released, setReleased] = useState(null);
  const load = () => askAsStaff("GET", "/v1/statistics/bulletins").then((answer) => setDrafts(answer.body.drafts));
  const does = async (work) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      await load();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    does(async () => {});
  }, []);
  const draft = (number) => does(() => askAsStaff("POST", "/v1/statistics/bulletins", { body: { number } }));
  const release = (id) =>
    does(async () => {
      const answer = await askAsStaff("POST", `/v1/statistics/bulletins/${id}/release`);
      setReleased(answer.body);
    });
  return html`<section>
    <h2>${words.title}</h2>
    <p class="hint">${words.hint}</p>
    <${Failure} error=${error} />
    <div role="status">
      ${released && html`<p class="notice">${words.released} <a href="/figures#bulletins">${dateOf(released.day)}, ${words.number[released.number]}</a></p>`}
    </div>
    <div class="to-draft">
      ${[1, 2].map((number) => html`<button type="button" disabled=${isBusy} onClick=${() => draft(number)}>
        ${words.draft}: ${words.number[number]}
      </button>`)}
    </div>
    <h3>${words.drafts}</h3>
    ${drafts.length === 0 && html`<p>${words.none}</p>`}
    ${drafts.map((each) => html`<${Draft} key=${each.id} draft=${each} isOwn=${each.drafted_by === own.subject} isBusy=${isBusy}
      release=${() => release(each.id)} />`)}
  </section>`;
}

function Draft({ draft, isOwn, isBusy, release }) {
  const words = useWords(WORDS).bulletins;
  const [asks, setAsks] = useState(false);
  return html`<details class="draft">
    <summary>${draft.title} <span class="hint">${words.by(clockTime(draft.drafted_at), isOwn)}</span></summary>
    <${BulletinText} bulletin=${draft} />
    <p>${words.publishes}: ${draft.publishes.map(dateOf).join(", ") || "–"}</p>
    ${draft.changes.length > 0 &&
    html`<p>${words.changed}:</p><ul>${draft.changes.map((each) => html`<li>${words.change(dateOf(each.day), each.from, each.to)}</li>`)}</ul>`}
    ${isOwn
      ? html`<p class="notice">${words.ownDraft}</p>`
      : asks
        ? html`<div class="notice" role="alert"><p>${words.sure}</p>
            <button type="button" class="primary" disabled=${isBusy} onClick=${release}>${words.yes}</button>${" "}
            <button type="button" onClick=${() => setAsks(false)}>${words.no}</button></div>`
        : html`<p><button type="button" class="primary" onClick=${() => setAsks(true)}>${words.release}</button></p>`}
  </details>`;
}

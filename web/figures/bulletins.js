/** Bulletins of the days that are shown and the day after them, the newest first. */
import { ask } from "../lib/api.js";
import { BulletinText } from "../lib/bulletin.js";
import { dateAndTime, today, useWords } from "../lib/language.js";
import { Failure, Loading } from "../lib/parts.js";
import { html, useEffect, useState } from "../lib/view.js";
import { shift } from "./figures.js";
import { WORDS } from "./words.js";

const DAYS = 7; // a bulletin of the morning is about the day before

export function Bulletins({ from }) {
  const words = useWords(WORDS);
  const [listed, setListed] = useState(null);
  const [error, setError] = useState(null);
  const last = shift(from, DAYS);
  const to = last > today() ? today() : last;
  const load = () =>
    ask("GET", `/v1/public/bulletins?from=${from}&to=${to}`).then((answer) => {
      setListed(answer.body.bulletins);
      setError(null);
    }, setError);
  useEffect(() => {
    load();
  }, [from]);
  return html`<section id="bulletins">
    <h2>${words.bulletins}</h2>
    <${Failure} error=${error} retry=${load} />
    ${listed?.length === 0 && html`<p>${words.noBulletins}</p>`}
    ${(listed ?? []).map((each) => html`<${Bulletin} key=${each.link} listed=${each} />`)}
  </section>`;
}

function Bulletin({ listed }) {
  const words = useWords(WORDS);
  const [bulletin, setBulletin] = useState(null);
  const [error, setError] = useState(null);
  const load = () => ask("GET", listed.link).then((answer) => setBulletin(answer.body), setError);
  return html`<details onToggle=${(event) => event.target.open && !bulletin && load()}>
    <summary><span lang="vi">${listed.title}</span> <span class="hint">${dateAndTime(listed.released_at)}</span></summary>
    <${Failure} error=${error} retry=${load} />
    ${bulletin ? html`<${BulletinText} bulletin=${bulletin} />` : !error && html`<${Loading} />`}
    ${bulletin?.later_changes.length > 0 &&
    html`<p><strong>${words.laterChanges}</strong></p>
      <ul>${bulletin.later_changes.map((each) => html`<li>${words.changed(`${each.day} ${each.table}`, each.from, each.to)}</li>`)}</ul>`}
  </details>`;
}

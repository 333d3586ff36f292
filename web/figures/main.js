import { ask } from "../lib/api.js";
import { clockTime, dateAndTime, dateOf, language, today, useWords } from "../lib/language.js";
import { Failure, Head, Loading } from "../lib/parts.js";
import { html, render, useEffect, useState } from "../lib/view.js";
import { Bulletins } from "./bulletins.js";
import { Communes } from "./communes.js";
import { shift, tablesOf } from "./figures.js";
import { PARTS, WORDS } from "./words.js";

const AGAIN = 300000; // milliseconds: a bulletin may have come
const FIRST = ["crossings_in_by_gate_hour", "declared_by_gate_hour", "crossings_out_by_gate_hour"];
const BY_COMMUNE = ["entered_by_commune"];
const FAMILIES = ["gates", "waits", "communes", "messages", "stays", "cases", "permits", "looks"];

function Figures() {
  const words = useWords(WORDS);
  const [to, setTo] = useState(() => shift(today(), -1));
  const [found, setFound] = useState(null);
  const [error, setError] = useState(null);
  const [chosen, setChosen] = useState(null);
  const from = shift(to, -6);

  const load = async () => {
    try {
      const [figures, checkpoints, waiting] = await Promise.all([
        ask("GET", `/v1/public/statistics?from=${from}&to=${to}`),
        ask("GET", "/v1/checkpoints"),
        ask("GET", "/v1/checkpoints/waiting-times"),
      ]);
      setFound({ to, figures: figures.body, gates: checkpoints.body.checkpoints, waiting: waiting.body });
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  useEffect(() => {
    load();
    const timer = setInterval(load, AGAIN);
    return () => clearInterval(timer);
  }, [to]);
  useEffect(() => {
    document.title = words.name;
  }, [words]);

  return html`<${Head} title=${words.name} />
    <main>
      <h1>${words.title}</h1>
      <${Failure} error=${error} retry=${load} />
      <nav class="weeks" aria-label=${words.week7}>
        <button type="button" onClick=${() => setTo(shift(to, -7))}>← ${words.earlier}</button>
        <span>${words.week(dateOf(from), dateOf(to))}</span>
        <button type="button" disabled=${shift(to, 7) > today()} onClick=${() => setTo(shift(to, 7))}>${words.later} →</button>
      </nav>
      ${found?.to === to
        ? html`<${Week} found=${found} from=${from} to=${to} chosen=${chosen} choose=${setChosen} />`
        : !error && html`<${Loading} />`}
    </main>`;
}

function Week({ found, from, to, chosen, choose }) {
  const words = useWords(WORDS);
  const { figures, gates, waiting } = found;
  const published = figures.days.filter((each) => each.published);
  const day = published.find((each) => each.day === chosen) ?? published.at(-1);
  const period = `from=${from}&to=${to}`;
  return html`
    ${day
      ? html`<${Day} day=${day} before=${published.find((each) => each.day === shift(day.day, -1))} days=${published}
          figures=${figures} gates=${gates} waiting=${waiting} choose=${choose} />`
      : html`<div class="notice"><p><strong>${words.none}</strong></p><p>${words.noneHint}</p></div>
          <${Gates} gates=${gates} waiting=${waiting} tables=${new Map()} definitions=${figures.definitions} />`}
    ${day &&
    html`<section>
      <h2>${words.plots}</h2>
      ${FAMILIES.filter((each) => figures.definitions.some(({ family }) => family === each)).map(
        (family, place) => html`<details key=${family} open=${place === 0}>
          <summary>${titleOf(figures.definitions, family)}</summary>
          <img class="plot" loading="lazy" alt=${words.plot(titleOf(figures.definitions, family))}
            src="/v1/public/statistics/${family}/plot.svg?${period}" />
        </details>`,
      )}
    </section>`}
    <${Bulletins} from=${from} />
    <footer>
      <p><a class="button" href="/v1/public/statistics.csv?${period}" download>${words.csv}</a></p>
      <p class="hint">${words.reuse} ${words.licence}: <a href=${figures.licence}>${figures.licence.replace(/^https:\/\//, "")}</a></p>
    </footer>`;
}

function Day({ day, before, days, figures, gates, waiting, choose }) {
  const words = useWords(WORDS);
  const tables = tablesOf(day, figures.definitions);
  const former = before ? tablesOf(before, figures.definitions) : new Map();
  const others = figures.definitions.filter(({ table }) => !FIRST.includes(table) && !BY_COMMUNE.includes(table));
  return html`
    <div class="days" role="group" aria-label=${words.day}>
      ${days.map((each) => html`<button type="button" aria-pressed=${each === day} onClick=${() => choose(each.day)}>
          ${dateOf(each.day).slice(0, 5)}
        </button>`)}
    </div>
    <p class="hint">${words.published(dateOf(day.day), dateAndTime(day.published_at))} ${words.rule(day.hidden_below)}</p>
    <ul class="tiles">
      ${FIRST.map((name) => tables.get(name)).filter(Boolean).map((table) => html`<li>
          <${Tile} table=${table} before=${former.get(table.name)} />
        </li>`)}
    </ul>
    ${day.changes.length > 0 &&
    html`<div class="notice">
      <p><strong>${words.changes}</strong></p>
      <ul>
        ${day.changes.map((each) => html`<li>${words.changed(title(figures.definitions, each.table), each.from, each.to)}</li>`)}
      </ul>
    </div>`}
    <${Gates} gates=${gates} waiting=${waiting} tables=${tables} definitions=${figures.definitions} />
    <${Communes} tables=${BY_COMMUNE.map((name) => tables.get(name)).filter(Boolean)} />
    <section>
      <h2>${words.more}</h2>
      <div class="others">
        ${others.map(({ table }) => tables.get(table)).filter(Boolean).map((table) => html`<${Other} table=${table} key=${table.name} />`)}
      </div>
    </section>`;
}

function Tile({ table, before }) {
  const words = useWords(WORDS);
  const { title, definition } = table.definition;
  const counted = table.total !== null;
  return html`<p class="tile-name">${title[language()]}</p>
    <p class="tile-count">${counted ? number(table.total) : "–"}</p>
    <p class="hint">${counted ? (before?.total != null ? words.change(table.total - before.total) : "") : words.notCounted}</p>
    <p class="hint definition">${definition[language()]}</p>`;
}

function Gates({ gates, waiting, tables, definitions }) {
  const words = useWords(WORDS);
  const shown = FIRST.map((name) => tables.get(name)).filter(Boolean);
  const waits = new Map(waiting.checkpoints.map((each) => [each.checkpoint, each]));
  return html`<section>
    <h2>${words.gates}</h2>
    <div class="scrolls" tabindex="0" role="region" aria-label=${words.gates}>
      <table>
        <thead>
          <tr>
            <th scope="col">${words.gate}</th>
            ${shown.map((table) => html`<th scope="col" class="count">${title(definitions, table.name)}</th>`)}
            <th scope="col">${words.waiting} (${clockTime(waiting.as_of)})</th>
          </tr>
        </thead>
        <tbody>
          ${gates.map((gate) => html`<tr key=${gate.id}>
            <th scope="row">${language() === "en" ? gate.name_en : gate.name}</th>
            ${shown.map((table) => html`<td class="count"><${Count} count=${table.count(gate.id)} /></td>`)}
            <td>${wait(waits.get(gate.id), words)}</td>
          </tr>`)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function Other({ table }) {
  const words = useWords(WORDS);
  const { by, title } = table.definition;
  const names = PARTS[language()][by[0]] ?? {};
  const parts = table.parts();
  const most = Math.max(1, ...parts.map(([, count]) => count ?? 0));
  return html`<article>
    <h3>${title[language()]}</h3>
    <p>${words.total}: <strong>${table.total === null ? words.notCounted : number(table.total)}</strong></p>
    ${table.isAllHidden && html`<p class="hint">${words.allHidden}</p>`}
    ${table.late > 0 && html`<p class="hint">${words.late(table.late)}</p>`}
    ${parts.length > 0 &&
    html`<table class="bars">
      <tbody>
        ${parts.map(([part, count]) => html`<tr key=${part}>
          <th scope="row">${names[part] ?? part}</th>
          <td class="count"><${Count} count=${count} /></td>
          <td class="bar" aria-hidden="true"><span style=${{ width: `${(100 * (count ?? 0)) / most}%` }}></span></td>
        </tr>`)}
      </tbody>
    </table>`}
  </article>`;
}

/** A count; hidden ones have a word, as a colour or a star alone says too little. */
export function Count({ count }) {
  const words = useWords(WORDS);
  return count === null ? html`<em class="quiet">${words.hidden}</em>` : number(count);
}

function wait(at, words) {
  if (!at) return "";
  if (!at.open) return words.closed;
  return at.minutes == null ? words.unknown : words.minutes(at.minutes);
}

function number(count) {
  return new Intl.NumberFormat(language() === "en" ? "en-GB" : "vi-VN").format(count);
}

function title(definitions, table) {
  return definitions.find((each) => each.table === table)?.title[language()] ?? table;
}

function titleOf(definitions, family) {
  const titles = definitions.filter((each) => each.family === family).map((each) => each.title[language()]);
  return [...new Set(titles)].join(", ");
}

render(html`<${Figures} />`, document.getElementById("page"));

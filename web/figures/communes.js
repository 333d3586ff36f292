/** Where people go: districts, and the communes of one. */
import { ask, stageSettings } from "../lib/api.js";
import { language, useWords } from "../lib/language.js";
import { Failure } from "../lib/parts.js";
import { Tiles } from "../lib/tiles.js";
import { html, useEffect, useState } from "../lib/view.js";
import { WORDS } from "./words.js";

export function Communes({ tables }) {
  const words = useWords(WORDS);
  const [districts, setDistricts] = useState([]);
  const [tiles, setTiles] = useState({});
  const [opened, setOpened] = useState(null);
  const [error, setError] = useState(null);
  const load = async () => {
    try {
      const { province } = await stageSettings();
      setDistricts((await ask("GET", `/v1/administrative-units?parent=${province.code}`)).body.units);
      setTiles(province.tiles);
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  useEffect(() => {
    load();
  }, []);
  const [first] = tables;
  if (!first) return null;
  const most = Math.max(1, ...districts.map(({ code }) => first.count(code) ?? 0));
  const toggle = (code) => setOpened(opened === code ? null : code);
  const title = first.definition.title[language()];
  return html`<section>
    <h2>${words.communes}</h2>
    <${Failure} error=${error} retry=${load} />
    <${Tiles} title=${title} districts=${districts} tiles=${tiles} count=${(code) => first.count(code)} unit=${title}
      words=${words.map} chosen=${opened} choose=${toggle} />
    <div class="scrolls" tabindex="0" role="region" aria-label=${words.communes}>
      <table class="bars">
        <thead>
          <tr>
            <th scope="col">${words.commune}</th>
            ${tables.map((table) => html`<th scope="col" class="count">${table.definition.title[language()]}</th>`)}
            <td></td>
          </tr>
        </thead>
        <tbody>
          ${districts.map((district) => html`
            <${Row} key=${district.code} tables=${tables} cell=${[district.code]} name=${district.name} most=${most}>
              <button type="button" class="plain" aria-expanded=${opened === district.code}
                onClick=${() => toggle(district.code)}>
                ${opened === district.code ? words.hideCommunes : words.showCommunes}
                <span class="unseen"> ${district.name}</span>
              </button>
            <//>
            ${opened === district.code && html`<${Below} district=${district} tables=${tables} most=${most} />`}
          `)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function Below({ district, tables, most }) {
  const [communes, setCommunes] = useState([]);
  const [error, setError] = useState(null);
  const load = () =>
    ask("GET", `/v1/administrative-units?parent=${district.code}`).then((answer) => setCommunes(answer.body.units), setError);
  useEffect(() => {
    load();
  }, []);
  if (error) return html`<tr><td colspan=${tables.length + 2}><${Failure} error=${error} retry=${load} /></td></tr>`;
  return communes.map((commune) => html`<${Row} key=${commune.code} isBelow tables=${tables} most=${most}
    cell=${[district.code, commune.code]} name=${commune.name} />`);
}

function Row({ tables, cell, name, most, isBelow, children }) {
  const words = useWords(WORDS);
  const counts = tables.map((table) => table.count(...cell));
  return html`<tr class=${isBelow ? "below" : ""}>
    <th scope="row">${name} ${children}</th>
    ${counts.map((count) => html`<td class="count">
      ${count === null ? html`<em class="quiet">${words.hidden}</em>` : new Intl.NumberFormat("vi-VN").format(count)}
    </td>`)}
    <td class="bar" aria-hidden="true"><span style=${{ width: `${(100 * (counts[0] ?? 0)) / most}%` }}></span></td>
  </tr>`;
}

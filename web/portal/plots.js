/** Charts of exact figures. */
import { today, useWords } from "../lib/language.js";
import { Failure, Loading } from "../lib/parts.js";
import { askAsStaff } from "../lib/session.js";
import { html, useEffect, useState } from "../lib/view.js";
import { WORDS } from "./words.js";

const DAYS = [7, 14, 31, 92];

export function Plots() {
  const words = useWords(WORDS).plots;
  const [family, setFamily] = useState("gates");
  const [days, setDays] = useState(7);
  const [shown, setShown] = useState(null);
  const [error, setError] = useState(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isWanted = true;
    let address = null;
    setShown(null);
    setError(null);
    askAsStaff("GET", `/v1/statistics/${family}/plot.svg?from=${daysAgo(days - 1)}&to=${today()}`, {
      headers: { Accept: "image/svg+xml" },
    }).then(
      ({ body }) => {
        if (!isWanted) return;
        address = URL.createObjectURL(body);
        setShown(address);
      },
      (problem) => isWanted && setError(problem),
    );
    return () => {
      isWanted = false;
      if (address) URL.revokeObjectURL(address);
    };
  }, [family, days, turn]);
  return html`<section class="plots">
    <h2>${words.title}</h2>
    <div class="filters">
      <div class="field">
        <label for="family">${words.family}</label>
        <select id="family" value=${family} onChange=${(event) => setFamily(event.target.value)}>
          ${Object.entries(words.families).map(([name, text]) => html`<option value=${name}>${text}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="days">${words.days}</label>
        <select id="days" value=${days} onChange=${(event) => setDays(Number(event.target.value))}>
          ${DAYS.map((each) => html`<option value=${each}>${each}</option>`)}
        </select>
      </div>
    </div>
    <${Failure} error=${error} retry=${() => setTurn(turn + 1)} />
    ${shown ? html`<img class="plot" src=${shown} alt="${words.title}: ${words.families[family]}" />` : !error && html`<${Loading} />`}
  </section>`;
}

function daysAgo(days) {
  const moment = new Date(`${today()}T12:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() - days);
  return moment.toISOString().slice(0, 10);
}

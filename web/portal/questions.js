/** The five questions of the first screen. Each number leads to the list behind it, for those who may see the list. */
import { ask, stageSettings } from "../lib/api.js";
import { language, useWords } from "../lib/language.js";
import { Tiles } from "../lib/tiles.js";
import { html, useEffect, useState } from "../lib/view.js";
import { WORDS } from "./words.js";

/** The desk's section with the list behind a member of today's figures. */
const SECTIONS = { gates: "gates", communes: "stays", silent: "stays", cases: "cases" };

export function EnteredToday({ today, gateName }) {
  const words = useWords(WORDS).entered;
  const busy = today.gates.filter((gate) => gate.entered || gate.declared);
  const sum = (name) => today.gates.reduce((total, gate) => total + gate[name], 0);
  const most = Math.max(1, ...today.gates.flatMap((gate) => gate.by_hour));
  return html`<${Question} title=${words.title} today=${today} family="gates" list="gates" isWide>
    <p class="numbers">
      <span><strong class="large">${number(sum("entered"))}</strong> ${words.entered}</span>
      <span><strong class="large">${number(sum("declared"))}</strong> ${words.declared}</span>
    </p>
    ${busy.length > 0 &&
    html`<div class="scrolls" tabindex="0" role="region" aria-label=${words.title}><table>
      <thead><tr>
        <th scope="col">${words.gate}</th>
        <th scope="col" class="count">${words.entered}</th>
        <th scope="col" class="count">${words.declared}</th>
        <th scope="col" class="count">${words.wait}</th>
        <th scope="col">${words.byHour}</th>
      </tr></thead>
      <tbody>${busy.map((gate) => html`<tr key=${gate.checkpoint}>
        <th scope="row">${gateName(gate.checkpoint)}</th>
        <td class="count">${number(gate.entered)}</td>
        <td class="count">${number(gate.declared)}</td>
        <td class="count">${waited(gate.median_wait)}</td>
        <td><${Hours} counts=${gate.by_hour} most=${most} words=${words} /></td>
      </tr>`)}</tbody>
    </table></div>`}
  <//>`;
}

/** Of a median there is the lower edge of its five minutes or more. */
function waited(minutes) {
  if (minutes == null) return "–";
  return minutes ? `≥ ${minutes}` : "< 5";
}

/** Twenty-four bars, with their numbers in words for those who cannot see them. */
function Hours({ counts, most, words }) {
  const texts = counts.map((count, hour) => [hour, count]).filter(([, count]) => count).map(([hour, count]) => words.hour(hour, count));
  return html`<span class="hours" role="img" aria-label=${texts.join(", ") || "0"}>
    ${counts.map((count) => html`<span style=${{ height: `${Math.max(4, (100 * count) / most)}%` }}></span>`)}
  </span>`;
}

export function SlowGate({ today, gateName }) {
  const words = useWords(WORDS).slow;
  const measured = today.gates.filter((gate) => gate.median_wait != null).sort((one, other) => other.median_wait - one.median_wait);
  return html`<${Question} title=${words.title} today=${today} family="waits" list="gates">
    ${measured.length
      ? html`<ol>${measured.slice(0, 3).map((gate) => html`<li>${words.worst(gateName(gate.checkpoint), gate.median_wait)}</li>`)}</ol>`
      : html`<p>${words.none}</p>`}
    <p class="hint">${words.hint}</p>
  <//>`;
}

export function CommunesOfToday({ today }) {
  const words = useWords(WORDS).communes;
  const { names, districts, tiles } = useUnits(today);
  const name = (code) => names.get(code) ?? code;
  const counts = new Map(today.districts.map((each) => [each.district, each]));
  return html`<${Question} title=${words.title} today=${today} family="communes" list="communes" isWide isTall>
    <div class="map-and-table">
      <${Tiles} title=${words.map.title} districts=${districts} tiles=${tiles} words=${words.map} unit=${words.expected}
        count=${(code) => counts.get(code)?.expected ?? 0} />
      <div>
        ${today.communes.length > 0 &&
        html`<${Expected} caption=${words.most} first=${words.commune} of=${today.communes.map((each) => [name(each.commune), each])} />`}
        <details>
          <summary>${words.byDistrict}</summary>
          <${Expected} caption=${words.byDistrict} first=${words.district} of=${today.districts.map((each) => [name(each.district), each])} />
        </details>
      </div>
    </div>
    <h3>${words.silent}</h3>
    ${today.silent.length
      ? html`<table>
          <thead><tr>
            <th scope="col">${words.commune}</th>
            <th scope="col" class="count">${words.due}</th>
            <th scope="col" class="count">${words.sent}</th>
          </tr></thead>
          <tbody>${today.silent.map((each) => html`<tr key=${each.commune}>
            <th scope="row">${name(each.commune)}</th>
            <td class="count">${number(each.due)}</td>
            <td class="count">${number(each.sent)}</td>
          </tr>`)}</tbody>
        </table>`
      : html`<p>${words.allSent}</p>`}
  <//>`;
}

/** Who is expected, has entered and was not found, by places: `[name, counts]`. */
function Expected({ caption, first, of }) {
  const words = useWords(WORDS).communes;
  return html`<table>
    <caption class="unseen">${caption}</caption>
    <thead><tr>
      <th scope="col">${first}</th>
      <th scope="col" class="count">${words.expected}</th>
      <th scope="col" class="count">${words.entered}</th>
      <th scope="col" class="count">${words.missing}</th>
    </tr></thead>
    <tbody>${of.map(([name, each]) => html`<tr key=${name}>
      <th scope="row">${name}</th>
      <td class="count">${number(each.expected)}</td>
      <td class="count">${number(each.entered)}</td>
      <td class="count">${number(each.not_found)}</td>
    </tr>`)}</tbody>
  </table>`;
}

export function CasesOfToday({ today }) {
  const words = useWords(WORDS).cases;
  return html`<${Question} title=${words.title} today=${today} family="cases" list="cases">
    <p class="numbers">
      <span><strong class="large">${number(today.cases)}</strong> ${words.cases}</span>
      <span><strong class="large">${number(today.contacts)}</strong> ${words.contacts}</span>
    </p>
    <p>${words.hours}: <strong>${today.hours_from_sample == null ? words.unknown : words.from(today.hours_from_sample)}</strong></p>
    <p>${words.untilTold}: <strong>${today.hours_until_told == null ? words.unknown : words.from(today.hours_until_told)}</strong></p>
  <//>`;
}

export function MessagesOfToday({ today }) {
  const words = useWords(WORDS).messages;
  const { sent = 0, ...others } = today.messages;
  const cost = today.channels.reduce((total, each) => total + each.cost, 0);
  const unsent = Object.entries(others).filter(([, count]) => count);
  return html`<${Question} title=${words.title} today=${today} family="messages">
    <p class="numbers">
      <span><strong class="large">${number(sent)}</strong> ${words.sent}</span>
      <span><strong class="large">${number(cost)}</strong> ${words.unit}</span>
    </p>
    <table>
      <thead><tr>
        <th scope="col">${words.channel}</th>
        <th scope="col" class="count">${words.sent}</th>
        <th scope="col" class="count">${words.price}</th>
        <th scope="col" class="count">${words.cost}</th>
      </tr></thead>
      <tbody>${today.channels.map((each) => html`<tr key=${each.channel}>
        <th scope="row">${words.channels[each.channel] ?? each.channel}</th>
        <td class="count">${number(each.sent)}</td>
        <td class="count">${number(each.price)}</td>
        <td class="count">${number(each.cost)}</td>
      </tr>`)}</tbody>
    </table>
    ${unsent.length > 0 &&
    html`<p>${words.unsent}: ${unsent.map(([outcome, count]) => `${words.outcome[outcome] ?? outcome} ${number(count)}`).join(", ")}.</p>`}
    <p class="hint">${words.estimate}</p>
  <//>`;
}

function Question({ title, today, family, list, isWide, isTall, children }) {
  const words = useWords(WORDS);
  return html`<section class=${["question", isWide && "wide-question", isTall && "tall-question"].filter(Boolean).join(" ")}>
    <h2>${title}</h2>
    ${today.not_counted.includes(family) ? html`<p>${words.notCounted}</p>` : children}
    ${list in today.lists && html`<p class="to-list"><a href="/desk#${SECTIONS[list]}">${words.list}</a></p>`}
  </section>`;
}

const UNKNOWN = { names: new Map(), districts: [], tiles: {} };
let asked;

/** The province's districts with their places on the map, and the names of all its units: once for the page. */
function useUnits(turn) {
  const [known, setKnown] = useState(UNKNOWN);
  useEffect(() => {
    asked ??= units();
    asked.then(setKnown, () => (asked = undefined)); // the codes are shown instead, until the next time
  }, [turn]);
  return known;
}

async function units() {
  const { province } = await stageSettings();
  const all = (await ask("GET", `/v1/administrative-units?parent=${province.code}&levels=2`)).body.units;
  return {
    names: new Map(all.map(({ code, name }) => [code, name])),
    districts: all.filter((each) => each.parent === province.code),
    tiles: province.tiles,
  };
}

function number(count) {
  return new Intl.NumberFormat(language() === "en" ? "en-GB" : "vi-VN").format(count);
}

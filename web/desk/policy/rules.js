/** The policy as people read it. */
import { dateOf, language, useWords } from "../../lib/language.js";
import { html, useEffect, useState } from "../../lib/view.js";
import { label } from "../labels.js";
import { Chip, Facts } from "../parts.js";
import { allCommunes, allProvinces } from "../units.js";
import { WORDS } from "./words.js";

const RISKS = ["very_high", "high", "medium", "low"];
const TONES = { stop: "wrong", attention: "due", notice: "usual" };

export function Rules({ content }) {
  const words = useWords(WORDS);
  const { facts } = words;
  const given = (value, show) => value !== undefined && value !== null && show(value);
  return html`
    <${Facts}
      facts=${[
        [facts.version, content.version],
        [facts.basis, content.basis],
        [facts.test, words.hours(content.test_valid_hours)],
        [facts.fever, given(content.fever_from, words.degrees)],
        [facts.other, label("risk", content.default_risk)],
        [facts.abroad, label("risk", content.abroad_risk)],
        [facts.arrival, given(content.arrival_hours, words.hours)],
        [facts.grace, given(content.grace_minutes, words.minutes)],
      ]}
    />
    <h2>${words.areas}</h2>
    <${Areas} areas=${content.areas} />
    <h2>${words.rules}</h2>
    <p class="quiet">${words.rulesText}</p>
    <ol class="notes">${content.rules.map((rule) => html`<li key=${rule.id}><${Rule} rule=${rule} content=${content} /></li>`)}</ol>
    ${content.tracing && html`<h2>${words.tracing}</h2><${Tracing} periods=${content.tracing} />`}
    ${content.permits &&
    html`<h2>${words.permits}</h2>
      <p>${[given(content.permits.decide_within_hours, words.decideWithin), given(content.permits.longest_days, words.longest)].filter(Boolean).join(", ")}</p>`}
    ${content.reminders &&
    html`<h2>${words.reminders}</h2>
      <p>
        ${[
          given(content.reminders.minutes_before, words.before),
          content.reminders.at,
          content.reminders.quiet_from && words.quiet(content.reminders.quiet_from, content.reminders.quiet_until),
        ]
          .filter(Boolean)
          .join(", ")}
      </p>`}
  `;
}

function Areas({ areas }) {
  const [names, setNames] = useState({});
  useEffect(() => {
    const add = (more) => setNames((now) => ({ ...now, ...more }));
    allProvinces().then(add, () => {});
    // Only a policy that names communes needs their names.
    if (areas.some(({ unit }) => unit?.length === 5)) {
      allCommunes().then((all) => add(Object.fromEntries(all.map((each) => [each.code, each.name]))), () => {});
    }
  }, [areas]);
  const countries = new Intl.DisplayNames([language()], { type: "region" });
  const named = (area) => {
    const name = area.country ? countries.of(area.country) : (names[area.unit] ?? area.unit);
    const days = [area.from, area.until].some(Boolean) && [area.from, area.until].map((day) => (day ? dateOf(day) : "…")).join(" – ");
    return days ? `${name} (${days})` : name;
  };
  return html`<${Facts}
    facts=${RISKS.map((risk) => [label("risk", risk), areas.filter((area) => area.risk === risk).map(named).join(", ")])}
  />`;
}

function Rule({ rule, content }) {
  const words = useWords(WORDS);
  const text = (item) => item?.[language()] ?? item?.vi;
  const finding = content.findings[rule.finding];
  const lines = (ids, all, more) => (ids ?? []).map((id) => html`<li key=${id}>${text(all?.[id]) ?? id}${more?.(all?.[id])}</li>`);
  return html`
    <p><strong>${conditions(rule.when, words)}</strong></p>
    ${finding && html`<p><${Chip} tone=${TONES[finding.level]}>${label("level", finding.level)}<//> ${text(finding)}</p>`}
    <ul class="notes">
      ${lines(rule.papers, content.papers)}
      ${lines(rule.instructions, content.instructions, (item) => html`<${Watch} watch=${item?.watch} />`)}
    </ul>
  `;
}

function Watch({ watch }) {
  const words = useWords(WORDS);
  if (!watch) return null;
  const text = words.watch({
    days: watch.days,
    place: label("place", watch.place),
    report: watch.report_daily,
    tests: watch.tests_on?.join(", "),
  });
  return html` <span class="quiet">(${text})</span>`;
}

function conditions(when, words) {
  const list = (group, values) => values.map((each) => label(group, each)).join(words.or);
  const groups = { risk: "risk", test: "tested", purpose: "purpose" };
  const parts = Object.entries(words.when).flatMap(([name, show]) => {
    const value = when[name];
    if (value === undefined || value === null) return [];
    return [show(groups[name] ? list(groups[name], value) : value)];
  });
  const text = parts.length ? parts.join(words.and) : words.everyone;
  return text[0].toUpperCase() + text.slice(1);
}

function Tracing({ periods }) {
  const words = useWords(WORDS);
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${words.tracing}>
    <table class="table">
      <thead><tr>${words.tracingHeads.map((each, place) => html`<th scope="col" class=${place ? "number" : undefined}>${each}</th>`)}</tr></thead>
      <tbody>
        ${periods.map(
          (each) => html`<tr>
            <th scope="row">${dateOf(each.from)}</th>
            ${["before_onset_days", "before_sample_days", "checkpoint_minutes", "household_days", "hops", "second_officer_above"].map(
              (name) => html`<td class="number">${each[name]}</td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The form: one group of questions at a time. */
import { Unreachable, ask } from "../lib/api.js";
import { useWords } from "../lib/language.js";
import { Back, ErrorSummary, Failure, Head, Loading } from "../lib/parts.js";
import { html, render, useEffect, useRef, useState } from "../lib/view.js";
import { changePerson, current, missing, restart, steps, useForm } from "./form.js";
import { loadAhead, useList } from "./lists.js";
import { Who } from "./who.js";
import { WORDS } from "./words.js";

/** Later steps come while somebody fills in the first one; what few people need, when somebody comes to it. */
const ROOMS = {
  persons: () => import("./persons.js"),
  trip: () => import("./trip.js"),
  ending: () => import("./ending.js"),
  own: () => import("./own.js"),
};
const LATER = {
  ...{ papers: ["persons", "Papers"], seat: ["persons", "Seat"], health: ["persons", "Health"] },
  ...{ others: ["persons", "Others"], other: ["persons", "Other"] },
  ...{ from: ["trip", "From"], to: ["trip", "To"], vehicle: ["trip", "Vehicle"], gate: ["trip", "Gate"] },
  ...{ consent: ["ending", "Consent"], check: ["ending", "Check"], done: ["ending", "Done"] },
  ...{ mine: ["own", "Mine"], later: ["own", "Later"], confirm: ["own", "Confirm"] },
};
const OWN = ["mine", "later", "confirm"];

/** A draft's id, or the id of a manifest, the number of a seat and its secret. */
const DRAFT = /^[0-9A-Z]{13}N[0-9A-Z]{2}$/;
const SEAT = /^([0-9A-Z]{13}B[0-9A-Z]{2})(\d\d)([0-9A-Z]{13})$/;

/** Of a link in a message. What it opens is not left in the address bar. */
function followLink() {
  const link = location.hash.slice(1).toUpperCase();
  const seat = SEAT.exec(link);
  if (DRAFT.test(link)) {
    restart({ mode: { kind: "draft", id: link } });
    history.replaceState(null, "", "#confirm");
  } else if (seat) {
    const [, id, number, secret] = seat;
    restart({ mode: { kind: "seat", id, number: `${Number(number)}`, secret } });
    history.replaceState(null, "", "#seat");
  }
}

/** The step that the address names, if somebody can be there already. */
function place() {
  const named = location.hash.slice(1);
  const [kind, number] = named.split("-");
  const form = current();
  if (kind === "done") return form.done ? named : steps()[0];
  if (OWN.includes(kind)) return named;
  if (kind === "other") return form.persons[Number(number)] && Number(number) ? named : "others";
  const all = steps();
  const at = all.indexOf(named);
  if (at <= 0) return all[0];
  const open = all.slice(0, at).find((each) => missing(each).length > 0);
  return open ?? named;
}

function App() {
  const words = useWords(WORDS);
  const form = useForm();
  const province = useList("settings")?.province.name.replace(/^(Tỉnh|Thành phố) /, "") ?? "";
  const [step, move] = useState(place);
  const [left, leave] = useState([]); // fields that somebody left empty, once they wanted to go on
  const [turn, count] = useState(0);
  const heading = useRef(null);
  const isFirst = useRef(true);

  useEffect(() => {
    const arrive = () => {
      followLink();
      leave([]);
      move(place());
    };
    addEventListener("popstate", arrive);
    return () => removeEventListener("popstate", arrive);
  }, []);

  /** @param {string | null} back The step that one comes back to from there, if it is not the next one. */
  const go = (to, back = null, { replace } = {}) => {
    history[replace ? "replaceState" : "pushState"]({ back }, "", `#${to}`);
    leave([]);
    move(to);
    count((before) => before + 1);
  };

  const all = steps(form);
  const [kind, number] = step.split("-");
  const at = all.indexOf(step);
  const errors = errorsOf(step, form, left, words);

  useEffect(() => {
    document.title = `${Object.keys(errors).length ? words.error_title : ""}${titleOf(step, form, words, province)} - ${words.page}`;
  });
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else if (!Object.keys(errors).length) {
      scrollTo(0, 0);
      heading.current?.focus();
    }
  }, [step]);

  const next = (event) => {
    event.preventDefault();
    const empty = missing(step);
    leave(empty);
    count(turn + 1);
    if (empty.length || form.problems.some((each) => each.step === step)) return;
    if (history.state?.back) history.back();
    else if (at >= 0 && all[at + 1]) go(all[at + 1]);
  };

  // Who came by a link has nothing behind them.
  const back = () => (history.length > 1 ? history.back() : go(all[0], null, { replace: true }));
  const isLast = ["check", "done", ...OWN].includes(kind);
  return html`
    <${Head} title=${words.page} />
    <main>
      ${at > 0 || kind === "other" || OWN.includes(kind) ? html`<${Back} onClick=${back} />` : null}
      <${ErrorSummary} errors=${errors} turn=${`${step} ${turn}`} />
      ${step === "check" && html`<${Wrong} go=${go} turn=${turn} />`}
      ${at >= 0 && all.length > 2 && html`<p class="progress">${words.step(at + 1, all.length)}</p>`}
      <h1 tabindex="-1" ref=${heading}>${titleOf(step, form, words, province)}</h1>
      <form novalidate onSubmit=${next}>
        <${kind === "who" ? Who : Later}
          key=${step}
          kind=${kind}
          step=${step}
          number=${Number(number ?? 0)}
          errors=${errors}
          go=${go}
          here=${() => count((before) => before + 1)}
          tried=${() => (leave(missing(step)), count(turn + 1))}
        />
        ${!isLast && isHere(kind) && html`<button class="primary wide" onClick=${ignoreSecondTap}>${words.next}</button>`}
      </form>
      <${Foot} go=${go} isFirst=${at === 0} />
    </main>
  `;
}

/** What is wrong in a step: what the API said, and what was left empty. */
function errorsOf(step, form, left, words) {
  const errors = {};
  const empty = left.length ? missing(step) : [];
  for (const field of left.filter((each) => empty.includes(each))) errors[field] = words.missing[field];
  for (const each of form.problems) if (each.step === step) errors[each.field] ??= each.detail;
  return errors;
}

/** Above the answers: what the API said of them. Each line leads to its question. */
function Wrong({ go, turn }) {
  const words = useWords(WORDS);
  const { problems } = useForm();
  const box = useRef(null);
  useEffect(() => {
    if (problems.length) box.current?.focus();
  }, [turn]);
  if (!problems.length) return null;
  const lead = (event, step) => {
    event.preventDefault();
    if (step !== "check") go(step, "check");
  };
  return html`<div class="errors" role="alert" tabindex="-1" ref=${box}>
    <h2>${words.wrong}</h2>
    <ul>
      ${problems.map(
        (each) => html`<li><a href="#${each.step}" onClick=${(event) => lead(event, each.step)}>${each.detail}</a></li>`,
      )}
    </ul>
  </div>`;
}

/** A double tap must not also press a button of the next step. */
function ignoreSecondTap(event) {
  if (event.detail > 1) event.preventDefault();
}

function titleOf(step, form, words, province) {
  const [kind, place] = step.split("-");
  const number = Number(place ?? 0);
  const person = form.persons[number];
  if (kind === "other") return person?.full_name.trim() || words.companion(number);
  if (kind === "health" && form.persons.length > 1) {
    return words.of(person.full_name.trim() || words.companion(number), words.health.toLowerCase());
  }
  if (kind === "to") return words.to(province);
  return words.titles[kind] ?? words[kind];
}

const entered = new Map();

async function enter(room) {
  try {
    if (!entered.has(room)) entered.set(room, await ROOMS[room]());
  } catch (error) {
    throw new Unreachable(room, { cause: error });
  }
}

function isHere(kind) {
  return kind === "who" || entered.has(LATER[kind][0]);
}

/** A step of a room, which may still be on its way. */
function Later({ kind, here, ...more }) {
  const [room, name] = LATER[kind];
  const [failed, fail] = useState(null);
  const isThere = entered.has(room);
  const come = () => {
    fail(null);
    return enter(room).then(here, fail);
  };
  const comeAgain = async () => {
    await come();
    // Some browsers do not ask for a module twice. The form stays in the tab.
    if (!entered.has(room) && (await isReachable())) location.reload();
  };
  useEffect(() => {
    if (isThere) return undefined;
    come();
    addEventListener("online", comeAgain);
    return () => removeEventListener("online", comeAgain);
  }, [room, isThere]);
  if (isThere) return html`<${entered.get(room)[name]} ...${more} />`;
  return failed ? html`<${Failure} error=${failed} retry=${comeAgain} />` : html`<${Loading} />`;
}

function isReachable() {
  return ask("GET", "/v1/health").then(
    () => true,
    () => false,
  );
}

function Foot({ go, isFirst }) {
  const words = useWords(WORDS);
  const hotline = useList("settings")?.province.hotline;
  return html`<footer class="foot">
    ${isFirst && html`<button type="button" class="plain" onClick=${() => go("mine")}>${words.mine}</button>`}
    <p>${hotline && html`${words.hotline} <a href="tel:${hotline.replace(/\D/g, "")}">${hotline}</a>`}</p>
  </footer>`;
}

/** What somebody has typed into the page before this script came. */
function takeOver() {
  const typed = {};
  for (const input of document.querySelectorAll("main input")) {
    if (input.type !== "radio" ? input.value : input.checked) typed[input.name] = input.value;
  }
  if (Object.keys(typed).length && place() === "who") changePerson("who", 0, typed);
  return document.activeElement?.id;
}

followLink();
if (current().done && !location.hash) restart();
const focused = takeOver();
document.body.replaceChildren();
render(html`<${App} />`, document.body);
if (focused) document.getElementById(focused)?.focus();
// After the first drawing: on a slow line nothing may come before it.
setTimeout(async () => {
  for (const room of ["persons", "trip", "ending"]) await enter(room).catch(() => {});
  await loadAhead();
}, 300);
// A page that comes back by the back button has what it had, but the form may be sent by now.
addEventListener("pageshow", (event) => event.persisted && location.reload());

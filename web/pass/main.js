/** The pass, or the permit, of a link. It needs no camera, no service worker and, after the first visit, no network. */
import { Problem, Unreachable, ask, stageSettings } from "../lib/api.js";
import { choose, clockTime, dateAndTime, dateOf, language, languages, offer, useWords } from "../lib/language.js";
import { worksOffline } from "../lib/offline.js";
import { Failure, Loading } from "../lib/parts.js";
import { html, render, useEffect, useRef, useState } from "../lib/view.js";
import { find, forget, keep } from "./kept.js";
import { linkOf } from "./links.js";
import { MORE_LANGUAGES, WORDS } from "./words.js";

const SECOND = 1000;
const HOUR = 3600000;
const DAY = 24 * HOUR;
/** A page that is looked at again asks again, but not each time. */
const FRESH_FOR = 15 * SECOND;
/** A clock that is less wrong than this is taken as right: a header has whole seconds, and answers take some. */
const WRONG = 5000;

offer(MORE_LANGUAGES);

function App() {
  const words = useWords(WORDS);
  const [link, follow] = useState(() => linkOf(location.hash));
  useEffect(() => {
    const change = () => follow(linkOf(location.hash));
    addEventListener("hashchange", change);
    return () => removeEventListener("hashchange", change);
  }, []);
  useEffect(() => {
    document.title = link?.isPermit ? words.permit : words.title;
  });
  return html`
    <header class="head"><h1 class="head-name">${link?.isPermit ? words.permit : words.title}</h1></header>
    <main>
      ${link ? html`<${Opened} key=${link.whole} link=${link} />` : html`<p class="notice">${words.no_link}</p>`}
      <${Foot} />
    </main>
  `;
}

function Opened({ link }) {
  const words = useWords(WORDS);
  const [shown, show] = useState(null);
  const [failed, fail] = useState(null);
  const isHere = useRef(true);
  const picture = useRef(null);
  const asked = useRef(0);

  const load = async () => {
    asked.current = Date.now();
    try {
      const fresh = await fetchPass(link, picture.current);
      if (!isHere.current) return;
      fail(null);
      picture.current = fresh.picture;
      show(fresh);
      if (fresh.pass.token && fresh.picture) keep(link.whole, { ...fresh, at: Date.now() });
      else if (!fresh.pass.token) forget(link.whole);
    } catch (error) {
      if (!isHere.current) return;
      fail(error);
      // An answer of the API stands against what was kept; a lost network does not.
      if (error instanceof Problem && !error.isPassing) show(null);
    }
  };
  useEffect(() => {
    isHere.current = true;
    find(link.whole).then((kept) => kept && isHere.current && show((before) => before ?? kept));
    load();
    const again = () => document.visibilityState === "visible" && Date.now() > asked.current + FRESH_FOR && load();
    addEventListener("online", again);
    document.addEventListener("visibilitychange", again);
    return () => {
      isHere.current = false;
      removeEventListener("online", again);
      document.removeEventListener("visibilitychange", again);
    };
  }, [language()]);
  useEffect(() => {
    if (!(failed instanceof Unreachable) && !failed?.isPassing) return undefined;
    const timer = setTimeout(load, Math.max((failed.retryAfter ?? 0) * SECOND, 15 * SECOND));
    return () => clearTimeout(timer);
  }, [failed]);

  if (!shown) return failed ? html`<${Failure} error=${failed} retry=${load} />` : html`<p class="loading" role="status">${words.loading}</p>`;
  return html`<${Pass} link=${link} shown=${shown} failed=${failed} reload=${load} />`;
}

/** The answer, the picture of the QR, and by how much the province's clock is ahead of this one. */
async function fetchPass(link, known) {
  const headers = { "X-Pass-Secret": link.secret };
  const asked = Date.now();
  // At once: on a slow line each answer costs half a second.
  const [answer, picture] = await Promise.all([
    link.isPermit ? ask("GET", `${link.path}/holder`, { headers }) : ask("POST", `${link.path}/open`, { headers }),
    known ??
      ask("GET", `${link.path}/qr.svg?size=1000`, { headers }).then(
        (got) => got.body.text(),
        () => null,
      ),
  ]);
  const ahead = Date.parse(answer.headers.get("Date") ?? "") - (asked + Date.now()) / 2;
  return { pass: answer.body, picture: answer.body.token ? picture : null, ahead: Math.abs(ahead) > WRONG ? ahead : 0, at: Date.now() };
}

function Pass({ link, shown, failed, reload }) {
  const words = useWords(WORDS);
  const { pass, picture, ahead } = shown;
  const [now, tick] = useState(() => Date.now() + ahead);
  const left = Date.parse(pass.expires_at) - now;
  const hasEnded = !pass.token || left <= 0;
  const isOver = hasEnded || pass.state === "used";
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now() + ahead), SECOND);
    tick(Date.now() + ahead);
    return () => clearInterval(timer);
  }, [ahead]);
  useEffect(() => {
    // Over by this clock: the API knows better, for the holder may have arrived in time.
    if (pass.token && hasEnded) {
      forget(link.whole);
      const timer = setTimeout(reload, SECOND);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [hasEnded]);
  useAwake(!isOver);
  const state = pass.replaced_at ? "replaced" : hasEnded && ["valid", "granted"].includes(pass.state) ? "expired" : pass.state;
  return html`
    ${failed &&
    !isOver &&
    html`<p class="notice kept">${(failed instanceof Unreachable ? words.offline : words.not_fresh)(clockTime(shown.at))}</p>`}
    <article class=${isOver ? `pass over is-${state}` : "pass"}>
      ${isOver
        ? html`<${Over} pass=${pass} state=${state} picture=${hasEnded ? null : picture} />`
        : html`<${Good} pass=${pass} picture=${picture} left=${left} />`}
      <p class="code">${pass.code}</p>
      <p class="name">${pass.masked_name}</p>
      ${!isOver && html`<p class="only">${words.only_scanned}</p>`}
    </article>
    ${isOver && html`<${Hint} state=${link.isPermit && state === "expired" ? "ended" : state} />`}
    ${!isOver && !link.isPermit && html`<${Arriving} link=${link} pass=${pass} reload=${reload} />`}
    ${link.isPermit && html`<${Conditions} of=${pass.conditions} />`}
    ${!isOver && html`<${Lines} title=${words.papers} of=${pass.papers_required ?? []} />`}
    ${(!isOver || state === "used") && html`<${Lines} title=${words.steps} of=${pass.instructions ?? []} />`}
    ${!isOver && !link.isPermit && html`<${Gates} own=${pass.checkpoint} />`}
    ${!isOver && html`<${Keeping} link=${link} pass=${pass} picture=${picture} />`}
  `;
}

/** The time that is left, and the QR: always black on white, as readers need it. */
function Good({ pass, picture, left }) {
  const words = useWords(WORDS);
  const address = useAddress(picture);
  return html`
    <p class="time">
      ${left < DAY && html`<span class="clock" role="timer"><span class="unseen">${words.left} </span>${clock(left, words)}</span>`}
      <span class="until">${endOf(pass, words)}</span>
    </p>
    <div class="qr">
      ${address
        ? html`<img src=${address} alt=${words.picture(pass.code)} id="picture" />`
        : html`<p class="qr-missing">${words.no_picture}</p>`}
    </div>
  `;
}

/** A used pass opens no gate, but staff on the way may still want to read it. */
function Over({ pass, state, picture }) {
  const words = useWords(WORDS);
  const address = useAddress(picture);
  return html`
    <p class="state">${words.states[state] ?? words.states.expired}</p>
    <p class="until">${words.was_until(dateAndTime(pass.expires_at))}</p>
    ${address && html`<div class="qr qr-small"><img src=${address} alt=${words.picture(pass.code)} id="picture" /></div>`}
  `;
}

function Hint({ state }) {
  const words = useWords(WORDS);
  const hotline = useSettings()?.province.hotline;
  return html`<p class="notice">
      ${words.hints[state] ?? words.hints.expired}${" "}
      ${state === "revoked" && hotline && html`<${Call} number=${hotline} />`}
    </p>
    ${state === "expired" && html`<a class="button primary wide" href="/">${words.declare}</a>`}`;
}

/** `09:41`, or hours and minutes of a pass that holds while somebody waits. */
function clock(left, words) {
  const seconds = Math.max(0, Math.floor(left / SECOND));
  const minutes = Math.floor(seconds / 60);
  if (left >= HOUR) return words.hours(Math.floor(minutes / 60), minutes % 60);
  return `${String(minutes).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A permit ends with its last day, a pass within hours. */
function endOf(pass, words) {
  return pass.conditions ? words.through(dateOf(pass.conditions.until)) : words.until(clockTime(pass.expires_at));
}

/** *I am there*: the gate's board, by camera or typed. */
function Arriving({ link, pass, reload }) {
  const words = useWords(WORDS);
  const [room, enter] = useState(null);
  const [failed, fail] = useState(null);
  const gates = useGates();
  if (pass.arrived_at) {
    const gate = gates?.find((each) => each.id === pass.checkpoint);
    return html`<p class="notice" role="status">${words.arrived_at(gate && nameOf(gate), clockTime(pass.arrived_at))}</p>`;
  }
  const open = () => import("./arrival.js").then(enter, fail);
  const close = (isRecorded) => {
    enter(null);
    if (isRecorded) reload();
  };
  if (room) return html`<${room.Arrival} link=${link} close=${close} />`;
  return html`<section class="arriving">
    <button type="button" class="primary wide" onClick=${open}>${words.arrived}</button>
    <p class="hint">${words.arrived_hint}</p>
    <${Failure} error=${failed} />
  </section>`;
}

function Conditions({ of }) {
  const words = useWords(WORDS);
  const gates = useGates() ?? [];
  const days = of.days.length % 7 ? of.days.map((each) => words.weekdays[each]) : [words.every_day];
  const named = of.checkpoints.map((id) => nameOf(gates.find((each) => each.id === id) ?? { name: id, name_en: id }));
  const lines = [
    [words.period, `${dateOf(of.from)} – ${dateOf(of.until)}`],
    [words.days, days.join(", ")],
    [words.hours_of_day, of.hours ? `${of.hours.from} – ${of.hours.until}` : ""],
    [words.checkpoints, named.join(", ")],
    [words.test, of.tests_every_days ? words.each_days(of.tests_every_days) : ""],
  ];
  return html`<section>
    <h2>${words.conditions}</h2>
    <dl class="lines">${lines.filter(([, text]) => text).map(([name, text]) => html`<div key=${name}><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>
  </section>`;
}

function Lines({ title, of }) {
  if (!of.length) return null;
  return html`<section>
    <h2>${title}</h2>
    <ul>${of.map((each) => html`<li key=${each.id}>${each.text}</li>`)}</ul>
  </section>`;
}

/** How long people wait at the gate of the form, or at all gates where it names none. */
function Gates({ own }) {
  const words = useWords(WORDS);
  const gates = useGates();
  if (!gates) return null;
  const about = (each) => (!each.open ? words.closed : each.minutes === undefined ? words.no_wait : words.wait(each.minutes));
  const mine = gates.find((each) => each.id === own);
  const others = gates.filter((each) => each !== mine && each.open && each.minutes !== undefined);
  return html`
    ${mine && html`<section><h2>${words.gate}</h2><p><strong>${nameOf(mine)}</strong>: ${about(mine)}</p></section>`}
    ${others.length > 0 &&
    html`<details>
      <summary>${words.gates}</summary>
      <ul>${others.map((each) => html`<li key=${each.id}>${nameOf(each)}: ${about(each)}</li>`)}</ul>
    </details>`}
  `;
}

function nameOf(gate) {
  const named = { km: gate.name_km, zh: gate.name_zh, vi: gate.name };
  return named[language()] ?? gate.name_en ?? gate.name;
}

/** Ways to have the pass where this page is not. */
function Keeping({ link, pass, picture }) {
  const words = useWords(WORDS);
  const [failed, fail] = useState(null);
  const [isBusy, busy] = useState(false);
  const doing = (work) => async () => {
    if (isBusy) return;
    busy(true);
    fail(null);
    try {
      await work(await import("./keeping.js"));
    } catch (error) {
      fail(error);
    }
    busy(false);
  };
  const texts = { title: document.title, until: pass.conditions ? endOf(pass, words) : words.until(dateAndTime(pass.expires_at)), only: words.only_scanned };
  return html`<section class="keeping">
    <h2>${words.keep}</h2>
    <${Failure} error=${failed} />
    ${picture && html`<button type="button" onClick=${doing((room) => room.savePicture(pass, picture, texts))}>${words.save}</button>`}
    ${!link.isPermit && html`<button type="button" onClick=${doing((room) => room.saveSlip(link))}>${words.print}</button>`}
    <p class="hint">${words.home}</p>
  </section>`;
}

function Foot() {
  const words = useWords(WORDS);
  const hotline = useSettings()?.province.hotline;
  return html`<footer class="foot">
    <p>${hotline && html`${words.hotline} <${Call} number=${hotline} />`}</p>
    <nav class="languages" aria-label=${words.languages}>
      ${Object.entries(languages()).map(
        ([name, own]) =>
          html`<button type="button" lang=${name} aria-pressed=${language() === name} onClick=${() => choose(name)}>${own}</button>`,
      )}
    </nav>
  </footer>`;
}

function Call({ number }) {
  return html`<a href="tel:${number.replace(/\D/g, "")}">${number}</a>`;
}

// --- what comes beside the pass ---------------------------------------------------------------------------------------

function useSettings() {
  const [settings, have] = useState(null);
  useEffect(() => {
    stageSettings().then(have, () => {});
  }, []);
  return settings;
}

let asked;

/** The checkpoints and their waiting times. The pass comes first. */
function useGates() {
  const [gates, have] = useState(null);
  useEffect(() => {
    asked ??= Promise.all([ask("GET", "/v1/checkpoints"), ask("GET", "/v1/checkpoints/waiting-times")]);
    asked.then(
      ([listed, times]) => {
        const minutes = new Map(times.body.checkpoints.map((each) => [each.checkpoint, each.minutes]));
        have(listed.body.checkpoints.map((each) => ({ ...each, minutes: minutes.get(each.id) })));
      },
      () => (asked = undefined),
    );
  }, []);
  return gates;
}

/** The address of a picture of the API: as an image it can run nothing. */
function useAddress(svg) {
  const [address, give] = useState(null);
  useEffect(() => {
    if (!svg) return give(null);
    const made = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    give(made);
    return () => URL.revokeObjectURL(made);
  }, [svg]);
  return address;
}

/** Keep the screen on, where the browser can. */
function useAwake(is) {
  useEffect(() => {
    if (!is || !navigator.wakeLock) return undefined;
    let lock = null;
    const hold = async () => {
      if (document.visibilityState !== "visible") return;
      // Refused with an empty battery, for one.
      lock = await navigator.wakeLock.request("screen").catch(() => null);
    };
    hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      document.removeEventListener("visibilitychange", hold);
      lock?.release();
    };
  }, [is]);
}

document.body.replaceChildren();
render(html`<${App} />`, document.body);
// The next visit then needs no network. A new release comes when the page was closed and is opened again.
addEventListener("load", () => worksOffline("pass", "/p", () => {}), { once: true });

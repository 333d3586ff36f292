/** The last steps: consent, a look at all answers, and the passes. */
import { ask } from "../lib/api.js";
import { handOver } from "../lib/downloads.js";
import { clockTime, useWords } from "../lib/language.js";
import { Choices, Failure, Loading } from "../lib/parts.js";
import { html, useEffect, useState } from "../lib/view.js";
import { CONTACTS, changeConsent, current, hasMinor, hasPlate, restart, steps, update, useForm } from "./form.js";
import { useList } from "./lists.js";
import { again, isSending, send, setClock } from "./sending.js";
import { WORDS } from "./words.js";

const PARAGRAPH = 220; // characters, about

export function Consent({ errors }) {
  const words = useWords(WORDS);
  const text = useList("consent");
  if (!text) return html`<${Loading} />`;
  const inWords = (each) => each[document.documentElement.lang] ?? each.en;
  return html`
    <div class="consent-text">
      ${sentences(inWords(text.text)).map((each) => html`<p>${each}</p>`)}
    </div>
    <${Agreement} text=${text} errors=${errors} />
  `;
}

/** The boxes below a consent text. None has a tick before somebody sets it. */
export function Agreement({ text, errors }) {
  const words = useWords(WORDS);
  const { consent } = useForm();
  // The version that was shown is the one that is agreed to.
  const put = (changes) => changeConsent({ ...changes, text_version: text.version });
  return html`
    <${Tick} name="accepted" is=${consent.accepted} put=${put} error=${errors.accepted}>${words.accepted}<//>
    ${Object.entries(text.may_be_declined).map(
      ([purpose, text]) => html`<${Tick} key=${purpose} name=${purpose} is=${consent[purpose]} put=${put} error=${errors[purpose]}>
        ${text[document.documentElement.lang] ?? text.en}
      <//>`,
    )}
    ${hasMinor() &&
    html`<${Choices}
      name="for_minors"
      legend=${words.for_minors}
      options=${Object.entries(words.minors).map(([value, text]) => ({ value, text }))}
      value=${consent.for_minors}
      onChange=${(for_minors) => put({ for_minors })}
      error=${errors.for_minors}
    />`}
  `;
}

function Tick({ name, is, put, error, children }) {
  return html`<div class=${error ? "field has-error" : "field"}>
    ${error && html`<p class="error" id="${name}-error">${error}</p>`}
    <label class="choice">
      <input
        type="checkbox"
        id=${name}
        checked=${is}
        aria-describedby=${error ? `${name}-error` : undefined}
        onChange=${(event) => put({ [name]: event.target.checked })}
      />
      <span>${children}</span>
    </label>
  </div>`;
}

export function Check({ go }) {
  const words = useWords(WORDS);
  const form = useForm();
  const lines = useSummary();
  useEffect(() => {
    setClock();
  }, []);
  return html`
    <dl class="summary">
      ${lines.map(
        ([step, group, texts]) => html`<div key=${step}>
          <dt>${group}</dt>
          <dd>${texts.filter(Boolean).map((each) => html`<span>${each}</span>`)}</dd>
          <dd class="summary-change">
            <button type="button" class="plain" onClick=${() => go(step, "check")}>
              ${words.edit}<span class="unseen"> ${group}</span>
            </button>
          </dd>
        </div>`,
      )}
    </dl>
    ${form.mode.kind === "plain" &&
    html`<label class="choice choice-alone">
      <input
        type="checkbox"
        id="remember"
        checked=${form.remember}
        onChange=${(event) => update({ remember: event.target.checked })}
      />
      <span>${words.remember}<span class="hint">${words.remember_hint}</span></span>
    </label>`}
    <${Sender} go=${go} label=${words.send} />
    ${form.mode.kind === "plain" &&
    html`<button type="button" class="plain" onClick=${() => go("later")}>${words.save_draft}</button>`}
  `;
}

/** The button that sends. On a bad line the same request goes out again by itself. */
export function Sender({ go, label, ready = () => true }) {
  const words = useWords(WORDS);
  const [state, set] = useState({ is: "idle", error: null, failures: 0 });
  const attempt = async () => {
    if (isSending() || !ready()) return;
    set((before) => ({ ...before, is: "sending" }));
    try {
      const outcome = await send();
      if (outcome === "done") leave(go);
      else if (outcome === "problems") go("check", null, { replace: true });
      set({ is: "idle", error: null, failures: 0 });
    } catch (error) {
      // Only a draft needs the proof of a phone: its step asks for it.
      if (error.status === 401) go("confirm", null, { replace: true });
      set((before) => ({ is: "failed", error, failures: before.failures + 1 }));
    }
  };
  const wait = state.is === "failed" ? again(state.error, state.failures - 1) : null;
  useEffect(() => {
    if (wait === null) return undefined;
    const timer = setTimeout(attempt, wait);
    addEventListener("online", attempt);
    return () => {
      clearTimeout(timer);
      removeEventListener("online", attempt);
    };
  }, [state]);
  const isBusy = state.is === "sending";
  return html`
    ${wait !== null && html`<div class="failure" role="alert"><p>${words.not_sent}</p></div>`}
    ${state.is === "failed" && wait === null && html`<${Failure} error=${state.error} />`}
    <button type="button" class="primary wide" aria-disabled=${isBusy ? "true" : undefined} onClick=${attempt}>
      ${isBusy ? words.sending : wait !== null ? words.send_again : label}
    </button>
  `;
}

/** To the pass, or to the list of all of them. */
function leave(go) {
  const { passes } = current().done;
  if (passes.length > 1) {
    go("done", null, { replace: true });
    return;
  }
  restart();
  history.replaceState(null, "", "/");
  location.assign(pageOf(passes[0]));
}

function pageOf(pass) {
  return `/p#${pass.code.replaceAll("-", "")}${pass.secret}`;
}

export function Done() {
  const words = useWords(WORDS);
  const { done } = useForm();
  const [failed, fail] = useState(null);
  if (!done) return null;
  const print = async () => {
    fail(null);
    try {
      await saveSlipOfAll(done.passes);
    } catch (error) {
      fail(error);
    }
  };
  return html`
    <p>${words.done_hint} <strong>${clockTime(done.passes[0].expires_at)}</strong>.</p>
    <ul class="passes">
      ${done.passes.map(
        (each) => html`<li key=${each.code}>
          <a class="button wide" href=${pageOf(each)}>
            <span class="unseen">${words.open("")}</span>${each.masked_name}<span class="code">${each.code}</span>
          </a>
        </li>`,
      )}
    </ul>
    <${Failure} error=${failed} retry=${print} />
    <button type="button" class="wide" onClick=${print}>${words.print_all}</button>
    <button type="button" class="plain" onClick=${() => (restart(), location.assign("/"))}>${words.new_form}</button>
  `;
}

/** One page for a family: the first pass, and the secrets of the others, which open them. */
async function saveSlipOfAll([first, ...others]) {
  const companions = others.map(({ secret }, place) => ({ person: place + 1, secret }));
  const headers = { "X-Pass-Secret": first.secret, Accept: "application/pdf" };
  const path = `/v1/passes/${first.code.replaceAll("-", "")}/slip.pdf`;
  const { body } = await ask("POST", path, { headers, body: { companions } });
  await handOver(body, "phieu-qua-chot.pdf");
}

/** The answers, as people read them: the step, its name, and lines. */
function useSummary() {
  const words = useWords(WORDS);
  const { mode, persons, trip, consent } = useForm();
  const provinces = useList("provinces")?.units ?? [];
  const origins = useList(trip.province ? `communes ${trip.province}` : "provinces");
  const communes = useList("communes") ?? [];
  const checkpoints = useList("checkpoints")?.checkpoints ?? [];
  const countries = useList("countries")?.() ?? [];
  const country = (code) => countries.find((each) => each.value === code)?.text ?? code;
  const place = (list, code) => (Array.isArray(list) ? list.find((each) => each.value === code)?.text : undefined);
  const gate = checkpoints.find((each) => each.id === trip.checkpoint);
  const gateName = gate && (document.documentElement.lang === "vi" ? gate.name : gate.name_en);
  const [own] = persons;
  const papers = (each) => [
    each.kind === "none" ? words.none : `${words[each.kind]} ${each.number}`,
    each.country !== "VN" && country(each.country),
    each.phone,
  ];
  const about = {
    who: () => [own.full_name, own.born, words[own.gender]],
    papers: () => papers(own),
    seat: () => [words[own.gender], ...papers(own)],
    from: () =>
      trip.abroad === "yes"
        ? [country(trip.from_country)]
        : [place(origins, trip.commune), provinces.find((each) => each.code === trip.province)?.name],
    to: () => [place(communes, trip.destination), trip.address, trip.host, words.purposes[trip.purpose]],
    vehicle: () => [
      words.vehicles[trip.vehicle],
      hasPlate() && trip.plate.toUpperCase(),
      hasPlate() && trip.foreign && country(trip.plate_country),
      trip.service_number,
      trip.seat,
    ],
    gate: () => [
      { 5: words.now, 60: words.hour, later: words.later }[trip.minutes] ?? (trip.minutes && words.in_minutes(trip.minutes)),
      gateName,
    ],
    others: () => persons.slice(1).map((each, number) => each.full_name || words.companion(number + 1)),
    consent: () => [consent.messages ? words.with_messages : words.without_messages],
    confirm: () => [consent.messages ? words.with_messages : words.without_messages],
  };
  const lines = [];
  for (const step of steps()) {
    const [kind, number] = step.split("-");
    if (kind === "check") continue;
    if (kind === "health") {
      const each = persons[Number(number)];
      const isWell = each.symptoms?.length === 0 && CONTACTS.every((name) => each[name] === "no");
      const name = persons.length > 1 || mode.kind === "draft" ? each.full_name : "";
      lines.push([step, name ? words.of(words.health, name) : words.health, [isWell ? words.healthy : words.not_healthy]]);
    } else if (kind !== "others" || persons.length > 1) {
      lines.push([step, words.groups[kind], about[kind]()]);
    }
  }
  return lines;
}

/** A text of one long paragraph is read more easily in several. */
function sentences(text) {
  // Without looking behind, which browsers of some years ago cannot.
  return text.match(/\S.*?[.;](?= \p{Lu}|$)|\S.*$/gu).reduce((paragraphs, each) => {
    const last = paragraphs[paragraphs.length - 1];
    if (last && last.length + each.length < PARAGRAPH) paragraphs[paragraphs.length - 1] = `${last} ${each}`;
    else paragraphs.push(each);
    return paragraphs;
  }, []);
}


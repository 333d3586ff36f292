/** What few people need: proving a phone, a form for later and its confirmation, one's own passes. */
import { Problem, ask } from "../lib/api.js";
import { clockTime, dateOf, today, useWords } from "../lib/language.js";
import { Choices, Failure, Field, Loading } from "../lib/parts.js";
import { html, useEffect, useState } from "../lib/view.js";
import { Agreement, Sender } from "./ending.js";
import { CONTACTS, blankPerson, blankTrip, current, draftBody, missing, placeOf, restart, update, useForm } from "./form.js";
import { load, loaded, useList } from "./lists.js";
import { WORDS } from "./own_words.js";
import { bearer, forgetProof, keepProof, provenPhone } from "./proof.js";
import { newKey, setClock } from "./sending.js";
import { Arrival } from "./trip.js";

const MOST_DAYS_AHEAD = 14;
const DAY = 86400000;

/** Ask for a request's answer, with the token of the phone. */
async function askAsCitizen(method, path, more = {}) {
  try {
    return (await ask(method, path, { ...more, bearer: bearer() })).body;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) forgetProof();
    throw error;
  }
}

/** A phone number and the code that was sent to it. */
function Proof({ proven }) {
  const words = useWords(WORDS);
  const [phone, setPhone] = useState(current().persons[0].phone);
  const [asked, setAsked] = useState(null);
  const [code, setCode] = useState("");
  const [failed, fail] = useState(null);
  const [isBusy, busy] = useState(false);
  const attempt = async (work) => {
    if (isBusy) return;
    busy(true);
    fail(null);
    try {
      await work();
    } catch (error) {
      fail(error);
    }
    busy(false);
  };
  const send = () =>
    attempt(async () => {
      const body = { phone: phone.trim(), language: document.documentElement.lang };
      setAsked((await ask("POST", "/v1/phone-verifications", { body })).body);
      setCode("");
    });
  const answer = () =>
    attempt(async () => {
      const { body } = await ask("POST", `/v1/phone-verifications/${asked.id}/answer`, { body: { one_time_code: code } });
      keepProof({ ...body, phone: phone.trim() });
      proven();
    });
  const errors = failed instanceof Problem ? Object.fromEntries(failed.errors.map((each) => [each.pointer.slice(1), each.detail])) : {};
  const isOfField = "phone" in errors || "one_time_code" in errors;
  return html`
    ${!isOfField && html`<${Failure} error=${failed} />`}
    ${asked
      ? html`
          <${Field}
            name="one_time_code"
            label=${words.code}
            hint=${words.code_hint(phone)}
            error=${errors.one_time_code}
            value=${code}
            onInput=${setCode}
            inputmode="numeric"
            autocomplete="one-time-code"
            maxlength="12"
          />
          <button type="button" class="primary wide" onClick=${answer}>${words.answer}</button>
          <p class="hint">${words.wait}</p>
          <button type="button" class="plain" onClick=${send}>${words.resend}</button>
          <button type="button" class="plain" onClick=${() => setAsked(null)}>${words.other_phone}</button>
        `
      : html`
          <p>${words.why}</p>
          <${Field}
            name="phone"
            label=${words.phone}
            error=${errors.phone}
            value=${phone}
            onInput=${setPhone}
            type="tel"
            inputmode="tel"
            autocomplete="tel"
            maxlength="25"
          />
          <button type="button" class="primary wide" onClick=${send}>${words.ask}</button>
        `}
  `;
}

export function Mine({ go }) {
  const words = useWords(WORDS);
  const [isProven, prove] = useState(Boolean(bearer()));
  const [found, have] = useState(null);
  const [failed, fail] = useState(null);
  const look = async () => {
    fail(null);
    try {
      const [passes, drafts] = await Promise.all([askAsCitizen("GET", "/v1/passes"), askAsCitizen("GET", "/v1/drafts")]);
      have({ declarations: passes.declarations, drafts: drafts.drafts });
    } catch (error) {
      prove(Boolean(bearer()));
      fail(error);
    }
  };
  useEffect(() => {
    if (isProven) look();
  }, [isProven]);
  if (!isProven) return html`<${Failure} error=${failed} /><${Proof} proven=${() => prove(true)} />`;
  if (!found) return failed ? html`<${Failure} error=${failed} retry=${look} />` : html`<${Loading} />`;
  const remove = async (draft) => {
    try {
      await askAsCitizen("DELETE", `/v1/drafts/${draft.id}`);
      await look();
    } catch (error) {
      fail(error);
    }
  };
  const confirm = (draft) => {
    restart({ mode: { kind: "draft", id: draft.id } });
    go("confirm");
  };
  const known = found.declarations.filter((each) => each.origin !== "unproven");
  const unproven = found.declarations.filter((each) => each.origin === "unproven");
  return html`
    <p class="hint">
      ${words.signed_in(provenPhone())}
      <button type="button" class="plain" onClick=${() => (forgetProof(), have(null), prove(false))}>${words.forget_proof}</button>
    </p>
    <${Failure} error=${failed} />
    <h2>${words.passes}</h2>
    ${found.declarations.length === 0 && html`<p>${words.no_passes}</p>`}
    <${Passes} of=${known} />
    ${unproven.length > 0 && html`<h3>${words.unproven}</h3><${Passes} of=${unproven} />`}
    <h2>${words.drafts}</h2>
    ${found.drafts.length === 0 && html`<p>${words.no_drafts}</p>`}
    <ul class="people">
      ${found.drafts.map(
        (each) => html`<li key=${each.id}>
          <span class="people-name">${words.on_day(dateOf(each.trip.expected_day), each.trip.expected_time?.slice(0, 5))}
            <span class="hint">${namesOf(each)}</span></span>
          <button type="button" onClick=${() => confirm(each)}>${words.confirm_it}</button>
          <button type="button" class="plain" onClick=${() => remove(each)}>${words.delete_it}</button>
        </li>`,
      )}
    </ul>
  `;
}

function Passes({ of }) {
  const words = useWords(WORDS);
  const passes = of.flatMap((each) => each.passes);
  const state = (each) =>
    ["valid", "expired"].includes(each.state) ? `${words.states[each.state]} ${clockTime(each.expires_at)}` : words.states[each.state];
  return html`<ul class="passes">
    ${passes.map(
      (each) => html`<li key=${each.code}>
        <a class="button wide" href="/p#${each.code.replaceAll("-", "")}${each.secret}">
          ${each.masked_name} <span class="hint">${state(each)}</span><span class="code">${each.code}</span>
        </a>
      </li>`,
    )}
  </ul>`;
}

export function Later({ go }) {
  const words = useWords(WORDS);
  const form = useForm();
  const [isProven, prove] = useState(Boolean(bearer()));
  const [when, set] = useState({ day: today(), time: "", remind: true });
  const [failed, fail] = useState(null);
  const [isBusy, busy] = useState(false);
  const first = ["who", "papers", "from", "to", "vehicle", "others"].find((each) => missing(each).length > 0);
  if (first) {
    return html`
      <p>${words.incomplete}</p>
      <button type="button" class="primary wide" onClick=${() => go(first)}>${words.to_it}</button>
    `;
  }
  if (!isProven) return html`<${Failure} error=${failed} /><${Proof} proven=${() => (fail(null), prove(true))} />`;
  const put = (changes) => {
    set({ ...when, ...changes });
    update({ pendingDraft: null, problems: [] });
  };
  const save = async () => {
    if (isBusy) return;
    busy(true);
    fail(null);
    try {
      await load("provinces");
      const list = { version: loaded("provinces").list_version };
      const body = draftBody(list, when.day, when.time, when.remind);
      const pending = form.pendingDraft ?? { key: newKey(), body };
      update({ pendingDraft: pending });
      await askAsCitizen("POST", "/v1/drafts", { body: pending.body, headers: { "Idempotency-Key": pending.key } });
      restart();
      go("mine", null, { replace: true });
    } catch (error) {
      prove(Boolean(bearer()));
      if (error instanceof Problem && !error.isPassing) update({ pendingDraft: null });
      const problems = (error.errors ?? []).map((each) => ({ ...placeOf(each.pointer), detail: each.detail }));
      update({ problems });
      if (problems.some((each) => each.step !== "later")) go("check");
      else if (!problems.length) fail(error);
    }
    busy(false);
  };
  const error = (field) => form.problems.find((each) => each.step === "later" && each.field === field)?.detail;
  const last = new Date(Date.now() + MOST_DAYS_AHEAD * DAY).toISOString().slice(0, 10);
  return html`
    <p>${words.later_hint}</p>
    <${Field}
      name="expected_day"
      label=${words.day}
      error=${error("expected_day")}
      value=${when.day}
      onInput=${(day) => put({ day })}
      type="date"
      min=${today()}
      max=${last}
    />
    <${Field}
      name="expected_time"
      label=${words.time}
      optional=${true}
      error=${error("expected_time")}
      value=${when.time}
      onInput=${(time) => put({ time })}
      type="time"
    />
    <label class="choice choice-alone">
      <input type="checkbox" checked=${when.remind} onChange=${(event) => put({ remind: event.target.checked })} />
      <span>${words.remind}</span>
    </label>
    <${Failure} error=${failed} />
    <button type="button" class="primary wide" onClick=${save}>${words.save}</button>
  `;
}

/** A draft, with what only this moment knows: health, arrival, consent. */
export function Confirm({ go, errors, tried }) {
  const words = useWords(WORDS);
  const { mode, persons } = useForm();
  const [isProven, prove] = useState(Boolean(bearer()));
  const [failed, fail] = useState(null);
  const [isUnanswered, unanswered] = useState(false);
  const text = useList("consent");
  const look = async () => {
    fail(null);
    try {
      const draft = await askAsCitizen("GET", `/v1/drafts/${mode.id}`);
      const everyone = [draft.traveller, ...draft.companions].map(asTyped);
      update({ mode: { ...mode, isLoaded: true }, persons: everyone, trip: blankTrip({ checkpoint: draft.trip.checkpoint ?? "" }) });
    } catch (error) {
      prove(Boolean(bearer()));
      fail(error);
    }
  };
  useEffect(() => {
    setClock();
    if (isProven && mode.kind === "draft" && !mode.isLoaded) look();
  }, [isProven]);
  if (!isProven) return html`<${Failure} error=${failed} /><${Proof} proven=${() => (fail(null), prove(true))} />`;
  if (!mode.isLoaded || !text) return failed ? html`<${Failure} error=${failed} retry=${look} />` : html`<${Loading} />`;
  const isWell = (each) => each.symptoms?.length === 0 && CONTACTS.every((name) => each[name] === "no");
  const isAsked = persons.every((each) => each.symptoms === null);
  const health = mode.eachPerson ? "no" : isAsked ? "" : persons.every(isWell) ? "yes" : "no";
  const choose = (value) => {
    unanswered(false);
    const answers = Object.fromEntries(CONTACTS.map((name) => [name, value === "yes" ? "no" : ""]));
    const changed = persons.map((each) => ({ ...each, symptoms: value === "yes" ? [] : null, ...answers }));
    update({ persons: changed, mode: { ...mode, eachPerson: value === "no" }, pending: null });
  };
  const isReady = () => {
    tried();
    unanswered(health === "");
    return health !== "" && missing("confirm").length === 0;
  };
  const inWords = (each) => each[document.documentElement.lang] ?? each.en;
  return html`
    <p>${words.confirm_hint(persons.map((each) => each.full_name).join(", "))}</p>
    <${Arrival} step="confirm" errors=${errors} withoutLater=${true} />
    <${Choices}
      name="all_well"
      legend=${words.health}
      options=${[
        { value: "yes", text: words.all_well },
        { value: "no", text: words.not_all },
      ]}
      value=${health}
      onChange=${choose}
      error=${isUnanswered ? words.choose_health : undefined}
    />
    <details class="more">
      <summary>${words.read_consent}</summary>
      <div class="consent-text"><p>${inWords(text.text)}</p></div>
    </details>
    <${Agreement} text=${text} errors=${errors} />
    ${health === "no"
      ? html`<button type="button" class="primary wide" onClick=${() => isReady() && go("health-0")}>${words.each}</button>`
      : html`<${Sender} go=${go} label=${words.send} ready=${isReady} />`}
  `;
}

/** A person of a draft, as somebody would have typed them. */
function asTyped(person) {
  const { full_name, gender, nationality, identity, phone, birth_year, birth_date } = person;
  const born = birth_date ? birth_date.split("-").reverse().join("/") : `${birth_year}`;
  const papers = identity ? { kind: identity.kind, number: identity.number } : { kind: "none" };
  return blankPerson({ full_name, born, gender, country: nationality, ...papers, phone: phone ?? "" });
}

function namesOf(draft) {
  return [draft.traveller, ...draft.companions].map((each) => each.full_name).join(", ");
}

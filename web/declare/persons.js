/** The later steps about people: their papers, companions, health. */
import { useWords } from "../lib/language.js";
import { Choices, Field } from "../lib/parts.js";
import { html, useEffect, useState } from "../lib/view.js";
import { Finder } from "./finder.js";
import { CONTACTS, MOST_COMPANIONS, addCompanion, changePerson, needsNoDocument, removeCompanion, useForm } from "./form.js";
import { useList } from "./lists.js";
import { Card, Gender, Names } from "./who.js";
import { WORDS } from "./words.js";

export function Papers({ step, errors }) {
  const words = useWords(WORDS);
  const [own] = useForm().persons;
  return html`
    <${Document} step=${step} number=${0} errors=${errors} />
    <${Field}
      name="phone"
      label=${words.phone}
      hint=${words.phone_hint}
      error=${errors.phone}
      value=${own.phone}
      onInput=${(phone) => changePerson(step, 0, { phone })}
      type="tel"
      inputmode="tel"
      autocomplete="tel"
      maxlength="25"
    />
  `;
}

function Document({ step, number, errors }) {
  const words = useWords(WORDS);
  const { persons, mode } = useForm();
  const person = persons[number];
  const countries = useList("countries");
  const put = (changes) => changePerson(step, number, changes);
  const isForeign = person.country !== "VN";
  const kinds = isForeign ? ["passport"] : ["cccd", "cmnd", "passport"];
  if (mode.kind === "seat" || needsNoDocument(person)) kinds.push("none");
  return html`
    <${Choices}
      name="document"
      legend=${words.document}
      options=${kinds.map((value) => ({ value, text: words[value] }))}
      value=${person.kind}
      onChange=${(kind) => put({ kind, number: "" })}
    />
    ${person.kind !== "none" &&
    html`<${Field}
      name="number"
      label=${words.number_of[person.kind]}
      hint=${words.number_hint[person.kind]}
      error=${errors.number}
      value=${person.number}
      onInput=${(text) => put({ number: text, older_number: "" })}
      inputmode=${person.kind === "passport" ? "text" : "numeric"}
      autocomplete="off"
      autocapitalize="characters"
      maxlength="20"
    />`}
    <label class="choice choice-alone">
      <input
        type="checkbox"
        checked=${isForeign}
        onChange=${(event) =>
          put(event.target.checked ? { country: "", kind: "passport" } : { country: "VN", kind: "cccd" })}
      />
      <span>${number ? words.is_foreigner : words.foreigner}</span>
    </label>
    ${isForeign &&
    html`<${Finder}
      name="country"
      label=${words.country}
      error=${errors.country}
      value=${person.country}
      options=${countries?.()}
      onChange=${(country) => put({ country })}
    />`}
  `;
}

export function Seat({ step, errors }) {
  return html`
    <${Gender} step=${step} number=${0} errors=${errors} />
    <${Document} step=${step} number=${0} errors=${errors} />
  `;
}

export function Others({ go, errors }) {
  const words = useWords(WORDS);
  const { persons } = useForm();
  const companions = persons.slice(1);
  const add = () => go(`other-${addCompanion()}`, "others");
  return html`
    <p>${words.others_hint}</p>
    ${companions.length === 0 && html`<p class="quiet">${words.alone}</p>`}
    ${errors.companions && html`<p class="error">${errors.companions}</p>`}
    <ul class="people" id="companions" tabindex="-1">
      ${companions.map((each, place) => {
        const name = each.full_name.trim() || words.companion(place + 1);
        return html`<li key=${place}>
          <span class="people-name">${name}</span>
          <button type="button" class="plain" onClick=${() => go(`other-${place + 1}`, "others")}>
            ${words.edit}<span class="unseen"> ${name}</span>
          </button>
          <button type="button" class="plain" onClick=${() => removeCompanion(place + 1)}>
            ${words.remove}<span class="unseen"> ${name}</span>
          </button>
        </li>`;
      })}
    </ul>
    ${companions.length < MOST_COMPANIONS
      ? html`<button type="button" class="wide" onClick=${add}>${words.add}</button>`
      : html`<p class="quiet">${words.full}</p>`}
  `;
}

export function Other({ step, number, errors }) {
  const words = useWords(WORDS);
  const person = useForm().persons[number];
  if (!person) return null;
  return html`
    <${Names} step=${step} number=${number} errors=${errors} />
    <${Document} step=${step} number=${number} errors=${errors} />
    <${Field}
      name="phone"
      label=${words.companion_phone}
      error=${errors.phone}
      value=${person.phone}
      onInput=${(phone) => changePerson(step, number, { phone })}
      type="tel"
      inputmode="tel"
      autocomplete="off"
      maxlength="25"
    />
    <${Card} step=${step} number=${number} />
  `;
}

export function Health({ step, number, errors }) {
  const words = useWords(WORDS);
  const person = useForm().persons[number];
  const put = (changes) => changePerson(step, number, changes);
  if (!person) return null;
  const yesOrNo = ["no", "yes"].map((value) => ({ value, text: words[value] }));
  return html`
    <${Symptoms} person=${person} put=${put} error=${errors.symptoms} />
    <h2>${words.contacts_hint}</h2>
    ${CONTACTS.map(
      (each) => html`<div class="in-a-row" key=${each}><${Choices}
        name=${each}
        legend=${words[each]}
        options=${yesOrNo}
        value=${person[each]}
        onChange=${(value) => put({ [each]: value })}
        error=${errors[each]}
      /></div>`,
    )}
    <${MoreHealth} person=${person} put=${put} errors=${errors} />
  `;
}

function Symptoms({ person, put, error }) {
  const words = useWords(WORDS);
  const listed = useList("symptoms")?.symptoms ?? [];
  const has = person.symptoms ?? [];
  const toggle = (id, is) => {
    const left = is ? [...has, id] : has.filter((each) => each !== id);
    put({ symptoms: left.length ? left : null });
  };
  return html`<fieldset class=${error ? "field has-error" : "field"}>
    <legend>${words.symptoms}</legend>
    ${error && html`<p class="error" id="symptoms-error">${error}</p>`}
    <label class="choice">
      <input
        type="checkbox"
        id="symptoms"
        checked=${person.symptoms?.length === 0}
        onChange=${(event) => put({ symptoms: event.target.checked ? [] : null })}
      />
      <span>${words.no_symptoms}</span>
    </label>
    ${listed.map(
      (each) => html`<label class="choice" key=${each.id}>
        <input
          type="checkbox"
          name="symptoms"
          value=${each.id}
          checked=${has.includes(each.id)}
          onChange=${(event) => toggle(each.id, event.target.checked)}
        />
        <span class="capital">${each.label[document.documentElement.lang] ?? each.label.en}</span>
        <${Picture} svg=${each.svg} />
      </label>`,
    )}
  </fieldset>`;
}

/** A picture of the API: as an image it can run nothing. */
function Picture({ svg }) {
  const [address, give] = useState(null);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    give(made);
    return () => URL.revokeObjectURL(made);
  }, [svg]);
  return address && html`<img class="symptom" src=${address} alt="" width="48" height="48" />`;
}

function MoreHealth({ person, put, errors }) {
  const words = useWords(WORDS);
  const doses = [{ value: "", text: words.not_said }, ...words.dose.map((text, count) => ({ value: `${count}`, text }))];
  const isOpen = person.doses !== "" || person.test !== "" || "test" in errors || "doses" in errors;
  return html`<details class="more" open=${isOpen}>
    <summary>${words.more_health}<span class="hint">${words.more_health_hint}</span></summary>
    <${Choices}
      name="doses"
      legend=${words.doses}
      options=${doses}
      value=${person.doses}
      onChange=${(value) => put({ doses: value, ...(!Number(value) && { last_date: "" }) })}
      error=${errors.doses}
    />
    ${Number(person.doses) > 0 &&
    html`<${Field}
      name="last_date"
      label=${words.last_date}
      error=${errors.last_date}
      value=${person.last_date}
      onInput=${(last_date) => put({ last_date })}
      type="date"
    />`}
    <${Choices}
      name="test"
      legend=${words.test}
      options=${["", "antigen", "pcr"].map((value) => ({ value, text: words[value || "no_test"] }))}
      value=${person.test}
      onChange=${(test) => put({ test, ...(!test && { result: "", taken_at: "" }) })}
      error=${errors.test}
    />
    ${person.test &&
    html`
      <${Choices}
        name="result"
        legend=${words.result}
        options=${["negative", "positive", "pending"].map((value) => ({ value, text: words[value] }))}
        value=${person.result}
        onChange=${(result) => put({ result })}
        error=${errors.result}
      />
      <${Field}
        name="taken_at"
        label=${words.taken_at}
        error=${errors.taken_at}
        value=${person.taken_at}
        onInput=${(taken_at) => put({ taken_at })}
        type="datetime-local"
      />
    `}
  </details>`;
}

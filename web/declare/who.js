/** The first step: who somebody is. It is all that a page must have before the first tap. */
import { useWords } from "../lib/language.js";
import { Choices, Failure, Field } from "../lib/parts.js";
import { html, useState } from "../lib/view.js";
import { blankPerson, changePerson, current, forgetOwn, update, useForm } from "./form.js";
import { WORDS } from "./words.js";

export function Who({ step, errors }) {
  const words = useWords(WORDS);
  const { persons, mode, wasRemembered } = useForm();
  const forget = () => {
    forgetOwn();
    update({ remember: false, wasRemembered: false, persons: [blankPerson(), ...current().persons.slice(1)] });
  };
  return html`
    ${mode.kind === "plain" && html`<p class="intro">${words.intro}</p>`}
    <${Names} step=${step} number=${0} errors=${errors} />
    ${wasRemembered
      ? html`<div class="notice">
          <p>${words.remembered(persons[0].full_name)}</p>
          <button type="button" class="plain" onClick=${forget}>${words.forget}</button>
        </div>`
      : html`<${Card} step=${step} number=${0} />`}
  `;
}

/** Name, birth and gender of one person. */
export function Names({ step, number, errors }) {
  const words = useWords(WORDS);
  const person = useForm().persons[number];
  const put = (changes) => changePerson(step, number, changes);
  return html`
    <${Field}
      name="full_name"
      label=${words.full_name}
      hint=${words.full_name_hint}
      error=${errors.full_name}
      value=${person.full_name}
      onInput=${(full_name) => put({ full_name })}
      autocomplete=${number ? "off" : "name"}
      maxlength="100"
    />
    <${Field}
      name="born"
      label=${words.born}
      hint=${words.born_hint}
      error=${errors.born}
      value=${person.born}
      onInput=${(born) => put({ born })}
      inputmode="text"
      autocomplete=${number ? "off" : "bday"}
      maxlength="20"
    />
    <${Gender} step=${step} number=${number} errors=${errors} />
  `;
}

export function Gender({ step, number, errors }) {
  const words = useWords(WORDS);
  const person = useForm().persons[number];
  return html`<div class="in-a-row"><${Choices}
    name="gender"
    legend=${words.gender}
    options=${["male", "female", "other"].map((value) => ({ value, text: words[value] }))}
    value=${person.gender}
    onChange=${(gender) => changePerson(step, number, { gender })}
    error=${errors.gender}
  /></div>`;
}

/** A button that opens the camera, where there is one, and fills in what a citizen card's QR says. */
export function Card({ step, number }) {
  const words = useWords(WORDS);
  const [view, show] = useState(null);
  const [failed, fail] = useState(null);
  if (!navigator.mediaDevices?.getUserMedia) return null;
  const open = async () => {
    fail(null);
    try {
      show(await import("./card.js"));
    } catch (error) {
      fail(error);
    }
  };
  const read = (card) => {
    if (card) changePerson(step, number, card);
    show(null);
  };
  if (view) return html`<${view.CardCamera} onRead=${read} />`;
  return html`
    <${Failure} error=${failed} />
    <button type="button" class="wide" onClick=${open}>${words.scan}</button>
  `;
}

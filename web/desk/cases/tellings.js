/** Messages to contacts of a case: how they are prepared, and what was prepared. */
import { useWords } from "../../lib/language.js";
import { html } from "../../lib/view.js";
import { numberOf, reasonField } from "../forms.js";
import { choices, label } from "../labels.js";
import { go } from "../places.js";
import { forget, request } from "../requests.js";
import { WORDS } from "./words.js";

/** The states of contacts with open work. */
export const OPEN_STATES = ["found", "assigned", "reached", "not_reached", "tested"];

/** What a wave that was just made will do, and who must be called. */
export function Draft({ draft }) {
  const words = useWords(WORDS);
  const { wave, chosen, told_before: before, not_reachable_by_message: unreachable } = draft;
  return html`<section class="notice" aria-labelledby="draft-title">
    <h2 id="draft-title">${words.draft.title}</h2>
    <p>${words.draft.chosen(chosen)}${before > 0 && `; ${words.draft.before(before)}`}.</p>
    ${wave.needs_second_officer && html`<p><strong>${words.draft.second}</strong></p>`}
    ${unreachable.length > 0 &&
    html`<p>${words.draft.call}</p>
      <ul>${unreachable.map((each) => html`<li><span class="code">${each.contact}</span>: ${label("unreachable", each.why)}</li>`)}</ul>`}
    <p><button type="button" class="primary" onClick=${() => go("waves", "wave", wave.id)}>${words.draft.see}</button></p>
  </section>`;
}

export function telling(words, path, drafted, one, name) {
  const form = words.waveForm;
  const choosing = one
    ? []
    : [
        { name: "hops", kind: "several", label: form.hops, hint: form.hopsHint, options: ["1", "2", "3"].map((hop) => [hop, `F${hop}`]), start: ["1"] },
        { name: "states", kind: "several", label: form.states, hint: form.statesHint, options: choices("contact", OPEN_STATES) },
        { name: "kinds", kind: "several", label: form.kinds, hint: form.kindsHint, options: choices("kinds") },
        { name: "rate", label: form.rate, start: "300", inputmode: "numeric" },
      ];
  return {
    title: one ? form.one(name) : form.title,
    text: form.text,
    button: form.button,
    done: form.done,
    fields: [...choosing, reasonField(form.reason)],
    send: async (values, key) => {
      const some = (list) => (list.length ? list : undefined);
      const choice = one
        ? { contacts: [one.contact] }
        : { hops: some(values.hops.map(Number)), states: some(values.states), kinds: some(values.kinds), rate: numberOf(values.rate) };
      const body = { reason: values.reason, ...choice };
      return (await request("POST", `${path}/waves`, { body, headers: { "Idempotency-Key": key } })).body;
    },
    after: (draft) => {
      drafted(draft);
      forget("/v1/waves");
      requestAnimationFrame(() => document.querySelector(".notice button")?.focus());
    },
  };
}

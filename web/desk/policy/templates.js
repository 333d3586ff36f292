/** The message templates as people read them. */
import { LANGUAGES, useWords } from "../../lib/language.js";
import { html } from "../../lib/view.js";
import { Facts } from "../parts.js";
import { WORDS } from "./words.js";

export function Templates({ content }) {
  const words = useWords(WORDS);
  const own = (name) => LANGUAGES[name] ?? name;
  return html`
    <${Facts} facts=${[[words.facts.version, content.version]]} />
    ${Object.entries(content.notices).map(
      ([name, { sms, zalo }]) => html`<section class="card" key=${name}>
        <h2 class="code">${name}</h2>
        <${Facts} facts=${Object.entries(sms ?? {}).map(([lang, text]) => [`SMS, ${own(lang)}`, text])} />
        <${Facts} facts=${Object.entries(zalo ?? {}).map(([lang, each]) => [`Zalo, ${own(lang)}`, each?.text])} />
      </section>`,
    )}
  `;
}

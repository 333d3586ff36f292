/** The keys by which certificates are believed. */
import { dateAndTime, dateOf, language, useWords } from "../../lib/language.js";
import { html } from "../../lib/view.js";
import { openForm } from "../forms.js";
import { label } from "../labels.js";
import { Facts, ListEnd, Rows, announce } from "../parts.js";
import { forget, request, useList } from "../requests.js";
import { WORDS } from "./words.js";

const PATH = "/v1/trust-list";

export function TrustList({ mayChange }) {
  const words = useWords(WORDS).trust;
  const list = useList(PATH, "keys");
  const countries = new Intl.DisplayNames([language()], { type: "region", fallback: "code" });
  const replace = () =>
    openForm({
      title: words.replace,
      text: words.text,
      danger: true,
      fields: [
        { name: "country", label: words.country, maxlength: 2, autocapitalize: "characters" },
        { name: "keys", kind: "area", label: words.keys, hint: words.keysHint, rows: 8, spellcheck: false },
      ],
      button: words.button,
      codes: { country_unknown: "country" },
      send: async ({ country, keys }) => {
        const path = `${PATH}/${encodeURIComponent(country.trim().toUpperCase() || "-")}`;
        return (await request("PUT", path, { body: { keys: parsed(keys) } })).body;
      },
      after: ({ added, removed }) => {
        announce(words.done(added.length, removed.length));
        forget(PATH);
      },
    });
  return html`
    <p class="quiet">${words.explain}</p>
    ${mayChange && html`<div class="bar"><button type="button" data-key="n" onClick=${replace}>${words.replace}</button></div>`}
    <${Rows}
      name="keys-list"
      label=${words.explain}
      heads=${words.heads}
      items=${list.items}
      keyOf=${(each) => `${each.country} ${each.kid}`}
      cells=${(each) => [countries.of(each.country), each.uses.map((use) => label("uses", use)).join(", "), dateOf(each.valid_until)]}
      detail=${(each) => html`<${Facts}
        facts=${[
          [words.facts.kid, html`<span class="code">${each.kid}</span>`],
          [words.facts.from, dateOf(each.valid_from)],
          [words.facts.by, each.put_by_name],
          [words.facts.at, dateAndTime(each.put_at)],
        ]}
      />`}
    />
    <${ListEnd} list=${list} empty=${words.none} />
  `;
}

/** What is not JSON is sent as it is: the API says what it must be. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

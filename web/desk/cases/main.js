/** Cases: the list, the officer's own work, and one case. */
import { dateAndTime, dateOf, useWords } from "../../lib/language.js";
import { html, useState } from "../../lib/view.js";
import { momentOf, numberOf, openForm } from "../forms.js";
import { choices } from "../labels.js";
import { Chip, Filter, ListEnd, Rows, Tabs, Title } from "../parts.js";
import { go } from "../places.js";
import { forget, request, useList } from "../requests.js";
import { unitOf } from "../units.js";
import { OneCase } from "./one_case.js";
import { OneContact } from "./one_contact.js";
import { WORDS } from "./words.js";

export default function Cases({ own, place }) {
  if (place.view === "contact") {
    return html`<${OneContact} key=${place.item} code=${place.more.case} id=${place.item} own=${own} />`;
  }
  if (place.view === "case") return html`<${OneCase} key=${place.item} code=${place.item} own=${own} />`;
  return place.view === "work" ? html`<${Work} key="work" own=${own} />` : html`<${List} key="list" />`;
}

function Parts({ chosen }) {
  const words = useWords(WORDS);
  return html`<${Tabs}
    label=${words.parts}
    parts=${[
      ["", words.list],
      ["work", words.work],
    ]}
    chosen=${chosen}
    choose=${(part) => go("cases", part)}
  />`;
}

function List() {
  const words = useWords(WORDS);
  const [month, setMonth] = useState("");
  const list = useList("/v1/cases", "cases", { month });
  const known = list.first?.known_contacts;
  return html`
    <${Title}>${words.title}<//>
    <${Parts} chosen="" />
    <div class="bar">
      <button type="button" class="primary" data-key="n" onClick=${() => openForm(opening(words))}>${words.open}</button>
      <${Filter} name="month" label=${words.month} value=${month} options=${months()} onChange=${setMonth} />
    </div>
    ${known && html`<p>${words.known(known)}</p>`}
    <${Rows}
      name="cases"
      label=${words.list}
      heads=${words.heads}
      items=${list.items}
      keyOf=${(each) => each.case}
      open=${(each) => go("cases", "case", each.case)}
      cells=${(each) => [
        html`<span class="code">${each.case}</span>`,
        [each.masked_name, each.birth_year].filter(Boolean).join(", "),
        html`<${Chip} tone=${each.state === "open" ? "due" : "usual"}>${words.state[each.state]}<//>`,
        dateAndTime(each.infectious_from),
        dateOf(each.opened_at),
      ]}
    />
    <${ListEnd} list=${list} empty=${words.noCases} />
  `;
}

function Work({ own }) {
  const words = useWords(WORDS);
  const list = useList("/v1/officers/me/work", "work");
  return html`
    <${Title}>${words.work}<//>
    <${Parts} chosen="work" />
    <${Rows}
      name="work"
      label=${words.work}
      heads=${words.workHeads}
      items=${list.items}
      keyOf=${(each) => each.contact}
      open=${(each) => go("cases", "contact", each.contact, { case: each.case })}
      cells=${(each) => [
        dateOf(each.due_on),
        html`<span class="code">${each.case}</span>`,
        html`<span class="code">${each.contact}</span>`,
      ]}
    />
    <${ListEnd} list=${list} empty=${words.noWork} />
    <p class="quiet">${words.ownId} <span class="code">${own.subject}</span></p>
  `;
}

/** The last twelve months, as the API has them. @returns {[string, string][]} */
function months() {
  const now = new Date();
  const all = Array.from({ length: 12 }, (_, back) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)));
  return [["", "—"], ...all.map((each) => [each.toISOString().slice(0, 7), `${each.getUTCMonth() + 1}/${each.getUTCFullYear()}`])];
}

function opening(words) {
  const { form, place } = words;
  const by = (way) => (values) => values.by === way;
  const hasPlace = (values) => values["places-kind"] !== "";
  const inCommune = (values) => ["address", "host"].includes(values["places-kind"]);
  return {
    title: form.title,
    text: form.text,
    button: form.button,
    done: form.done,
    fields: [
      { name: "by", kind: "choice", label: form.by, options: form.ways, start: "pass", pointer: "/person" },
      { name: "person-pass", label: form.pass, when: by("pass"), autocapitalize: "characters" },
      { name: "person-document-number", label: form.number, when: by("document") },
      { name: "person-phone", label: form.phone, when: by("phone"), inputmode: "tel" },
      { name: "person-entered-full_name", label: form.name, when: by("entered"), pointer: "/person/entered/full_name" },
      { name: "person-entered-birth_year", label: form.year, when: by("entered"), inputmode: "numeric", maxlength: 4 },
      { name: "person-entered-gender", kind: "choice", label: form.gender, when: by("entered"), options: choices("gender") },
      {
        name: "person-entered-identity-kind",
        kind: "select",
        label: form.identity,
        when: by("entered"),
        options: [["", form.none], ...choices("identity")],
      },
      {
        name: "person-entered-identity-number",
        label: form.number,
        when: (values) => values.by === "entered" && values["person-entered-identity-kind"] !== "",
      },
      { name: "person-entered-phone", label: form.phone, optional: true, when: by("entered"), inputmode: "tel" },
      { name: "sampled_at", kind: "moment", label: form.sampled, hint: form.timeHint },
      { name: "onset_on", kind: "date", label: form.onset, optional: true },
      { name: "isolated_at", kind: "moment", label: form.isolated, hint: form.isolatedHint, optional: true },
      { name: "places-kind", kind: "select", label: place.add, options: place.kinds, pointer: "/places/0", hint: undefined },
      ...["plate", "service_number", "checkpoint", "address", "host"].map((kind) => ({
        name: `places-${kind}`,
        label: place.value[kind],
        pointer: `/places/0/${kind}`,
        when: (values) => values["places-kind"] === kind,
      })),
      { name: "places-unit", kind: "unit", label: place.unit, pointer: "/places/0/unit", when: inCommune },
      { name: "places-from", kind: "moment", label: place.from, pointer: "/places/0/from", when: hasPlace },
      { name: "places-until", kind: "moment", label: place.until, pointer: "/places/0/until", when: hasPlace },
      { name: "communes", kind: "yes", label: form.communes, hint: form.communesHint },
    ],
    send: async (values) => {
      const kind = values["places-kind"];
      const body = {
        person: personOf(values),
        sampled_at: momentOf(values.sampled_at),
        onset_on: values.onset_on || undefined,
        isolated_at: momentOf(values.isolated_at),
        communes: values.communes || undefined,
        places: kind
          ? [
              {
                from: momentOf(values["places-from"]) ?? "",
                until: momentOf(values["places-until"]) ?? "",
                [kind]: values[`places-${kind}`],
                unit: inCommune(values) ? unitOf(values["places-unit"]) : undefined,
              },
            ]
          : undefined,
      };
      return (await request("POST", "/v1/cases", { body })).body;
    },
    codes: { case_person_unknown: fieldOf, case_person_shared: fieldOf, code_mistyped: fieldOf },
    wayOut: ({ code, content }) =>
      code === "case_exists" && content.case ? { text: form.goThere(content.case), go: () => go("cases", "case", content.case) } : null,
    after: (opened) => {
      forget("/v1/cases");
      go("cases", "case", opened.case);
    },
  };
}

/** The field that leads to the person. */
function fieldOf({ by }) {
  return { pass: "person-pass", document: "person-document-number", phone: "person-phone" }[by] ?? "person-entered-full_name";
}

function personOf(values) {
  const of = (name) => values[`person-${name}`];
  if (values.by === "pass") return { pass: of("pass") };
  if (values.by === "phone") return { phone: of("phone") };
  if (values.by === "document") return { document: { number: of("document-number") } };
  return {
    entered: {
      full_name: of("entered-full_name"),
      birth_year: numberOf(of("entered-birth_year")),
      gender: of("entered-gender") || undefined,
      identity: of("entered-identity-kind")
        ? { kind: of("entered-identity-kind"), number: of("entered-identity-number") }
        : undefined,
      phone: of("entered-phone") || undefined,
    },
  };
}

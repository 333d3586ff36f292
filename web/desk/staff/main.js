/** Who is posted where, and whose sessions are refused. */
import { dateAndTime, useWords } from "../../lib/language.js";
import { html } from "../../lib/view.js";
import { allCheckpoints, checkpointName, useCheckpoints } from "../checkpoints.js";
import { openForm } from "../forms.js";
import { Chip, Facts, ListEnd, Rows, Title } from "../parts.js";
import { request, useList } from "../requests.js";
import { useCommuneName } from "../units.js";
import { WORDS } from "./words.js";

/** The kinds of places that each role posts to. */
const PLACES = { supervisor: ["checkpoint"], health: ["commune"], administrator: ["checkpoint", "commune"] };

export default function Staff({ own }) {
  const words = useWords(WORDS);
  const list = useList("/v1/staff", "staff");
  const gates = useCheckpoints();
  const places = [...new Set(own.roles.flatMap((role) => PLACES[role] ?? []))];
  const mayBlock = own.roles.includes("supervisor") || own.roles.includes("administrator");
  const changed = ({ body }) => {
    if (list.items.some((each) => each.subject === body.subject)) list.replace((each) => each.subject === body.subject, body);
    else list.reload();
  };
  const post = async (member) => openForm(posting(words, places, await allCheckpoints().catch(() => []), member, changed));
  return html`
    <${Title}>${words.title}<//>
    <div class="bar"><button type="button" class="primary" data-key="n" onClick=${() => post(null)}>${words.post}</button></div>
    <${Rows}
      name="staff"
      label=${words.list}
      heads=${words.heads}
      items=${list.items}
      keyOf=${(each) => each.subject}
      cells=${(each) => [
        html`${each.name ?? words.unnamed} ${each.blocked_since && html`<${Chip} tone="wrong">${words.blocked}<//>`}`,
        each.checkpoint ? checkpointName(gates, each.checkpoint) : each.commune ? html`<${Commune} code=${each.commune} />` : words.nowhere,
        each.since ? dateAndTime(each.since) : "",
      ]}
      detail=${(each) => html`
        <${Facts}
          facts=${[
            [words.subject, html`<span class="code">${each.subject}</span>`],
            [words.blockedSince, each.blocked_since && dateAndTime(each.blocked_since)],
          ]}
        />
        <p class="actions">
          <button type="button" class="primary" onClick=${() => post(each)}>${words.acts.post}</button>
          ${(each.checkpoint || each.commune) &&
          html`<button type="button" onClick=${() => openForm(acting(words, "remove", each, changed))}>${words.acts.remove}</button>`}
          ${mayBlock &&
          each.subject !== own.subject &&
          html`<button type="button" onClick=${() => openForm(acting(words, each.blocked_since ? "unblock" : "block", each, changed))}>
            ${each.blocked_since ? words.acts.unblock : words.acts.block}
          </button>`}
        </p>
      `}
    />
    <${ListEnd} list=${list} empty=${words.none} />
  `;
}

function Commune({ code }) {
  return useCommuneName(code);
}

const REQUESTS = { remove: ["DELETE", "posting"], block: ["PUT", "block"], unblock: ["DELETE", "block"] };

function acting(words, what, member, after) {
  const { title, text, button, done } = words[what];
  const [method, where] = REQUESTS[what];
  return {
    title: title(member.name ?? member.subject),
    text,
    danger: what !== "unblock",
    button,
    done,
    send: () => request(method, `/v1/staff/${encodeURIComponent(member.subject)}/${where}`),
    after,
  };
}

function posting(words, places, gates, member, after) {
  const { form } = words;
  const at = (kind) => (values) => values.to === kind;
  const options = [...places, "none"].map((each) => [each, form.places[each]]);
  const start = member?.commune && places.includes("commune") ? "commune" : places[0];
  return {
    title: form.title,
    text: form.text,
    button: form.button,
    done: form.done,
    codes: { staff_subject_malformed: "subject", staff_name_of_oneself: "name" },
    fields: [
      ...(member ? [] : [{ name: "subject", label: words.subject, hint: words.subjectHint, autocapitalize: "none" }]),
      { name: "to", kind: "choice", label: form.to, options, start },
      {
        name: "checkpoint",
        kind: "select",
        label: form.checkpoint,
        options: [["", form.choose], ...gates.map((each) => [each.id, checkpointName(gates, each.id)])],
        start: member?.checkpoint ?? "",
        when: at("checkpoint"),
      },
      { name: "commune", kind: "unit", label: form.commune, start: member?.commune ?? "", when: at("commune") },
      { name: "name", label: form.name, hint: form.nameHint, start: member?.name ?? "", optional: true },
    ],
    send: (values) => {
      // The API says what a subject looks like, also if nothing was typed.
      const subject = (member?.subject ?? values.subject).trim() || "-";
      const place = at("checkpoint")(values)
        ? { checkpoint: values.checkpoint }
        : at("commune")(values)
          ? { commune: values.commune }
          : { checkpoint: null };
      const body = { ...place, name: values.name && values.name !== member?.name ? values.name : undefined };
      return request("PUT", `/v1/staff/${encodeURIComponent(subject)}/posting`, { body });
    },
    after,
  };
}

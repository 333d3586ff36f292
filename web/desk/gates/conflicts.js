/** Conflicts, and how a supervisor settles them. */
import { dateAndTime, useWords } from "../../lib/language.js";
import { html } from "../../lib/view.js";
import { openForm, reasonField } from "../forms.js";
import { choices, label } from "../labels.js";
import { ListEnd, Rows } from "../parts.js";
import { request, useList } from "../requests.js";
import { Crossing } from "./crossings.js";
import { WORDS } from "./words.js";

export function Conflicts() {
  const words = useWords(WORDS).conflicts;
  const list = useList("/v1/checkpoint/conflicts", "conflicts");
  const settle = (conflict) =>
    openForm({
      title: words.title(conflict.full_name),
      text: words.text,
      danger: true,
      fields: [{ name: "decision", kind: "choice", label: words.decision, options: choices("decision") }, reasonField(words.reason)],
      button: words.button,
      done: words.done,
      send: ({ decision, reason }) =>
        request("POST", `/v1/checkpoint/conflicts/${conflict.id}/settlement`, { body: { decision: decision || undefined, reason } }),
      after: () => list.replace((each) => each.id === conflict.id, null),
      outdated: list.reload,
    });
  return html`
    <p class="quiet">${words.explain}</p>
    <${Rows}
      name="conflicts"
      label=${words.list}
      heads=${words.heads}
      items=${list.items}
      keyOf=${(each) => each.id}
      cells=${(each) => [each.full_name, label("conflict", each.kind), dateAndTime(each.recorded_without_network.recorded_at)]}
      detail=${(each) => html`
        <div class="sides">
          <div>
            <h2>${words.offline}</h2>
            <${Crossing} crossing=${each.recorded_without_network} />
          </div>
          <div>
            <h2>${words.standing}</h2>
            <${Crossing} crossing=${each.standing} />
          </div>
        </div>
        ${each.revocation && html`<h2>${words.revocation}</h2><p>${dateAndTime(each.revocation.recorded_at)}. ${each.revocation.reason}</p>`}
        <p class="actions"><button type="button" class="primary" onClick=${() => settle(each)}>${words.settle}</button></p>
      `}
    />
    <${ListEnd} list=${list} empty=${words.none} />
  `;
}

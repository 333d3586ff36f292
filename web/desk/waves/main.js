/** Messages to many people: released, paused, stopped and taken back by officers. */
import { dateAndTime, useWords } from "../../lib/language.js";
import { Failure, Loading } from "../../lib/parts.js";
import { html } from "../../lib/view.js";
import { allCheckpoints, checkpointName, useCheckpoints } from "../checkpoints.js";
import { openForm, reasonField } from "../forms.js";
import { label } from "../labels.js";
import { Chip, Facts, ListEnd, Reload, Rows, Title } from "../parts.js";
import { go } from "../places.js";
import { forget, request, useAnswer, useList } from "../requests.js";
import { WORDS } from "./words.js";

const TONES = { waiting: "due", running: "done", paused: "due", stopped: "wrong", handed_over: "done" };
/** What may be done with a wave in each state. */
const ACTS = {
  waiting: ["release", "stop"],
  running: ["pause", "stop", "taking-back"],
  paused: ["resume", "stop", "taking-back"],
  handed_over: ["pause", "taking-back"],
  stopped: ["taking-back"],
};

export default function Waves({ own, place }) {
  return place.view === "wave" ? html`<${Wave} key=${place.item} id=${place.item} own=${own} />` : html`<${List} key="list" />`;
}

function List() {
  const words = useWords(WORDS);
  const list = useList("/v1/waves", "waves");
  return html`
    <${Title}>${words.title}<//>
    <div class="bar">
      <button type="button" data-key="n" onClick=${async () => openForm(announcing(words, await allCheckpoints().catch(() => [])))}>
        ${words.announce}
      </button>
    </div>
    <${Rows}
      name="waves"
      label=${words.list}
      heads=${words.heads}
      items=${list.items}
      keyOf=${(each) => each.id}
      open=${(each) => go("waves", "wave", each.id)}
      cells=${(each) => [
        label("text", each.text),
        words.messages(each.messages),
        html`<${Chip} tone=${TONES[each.state]}>${label("wave", each.state)}<//>`,
        dateAndTime(each.made_at),
      ]}
    />
    <${ListEnd} list=${list} empty=${words.none} />
  `;
}

function Wave({ id, own }) {
  const words = useWords(WORDS);
  const path = `/v1/waves/${id}`;
  const answer = useAnswer(path);
  const wave = answer.value;
  const gates = useCheckpoints();
  const { facts } = words;
  const gate = (name) => wave.values[name] && checkpointName(gates, wave.values[name]);
  return html`
    <${Title} back=${words.back}>${words.one}<//>
    <${Failure} error=${answer.error} retry=${answer.reload} />
    ${answer.busy && html`<${Loading} />`}
    ${wave &&
    html`
      <p class="chips">
        <${Chip} tone=${TONES[wave.state]}>${label("wave", wave.state)}<//> <${Chip}>${words.messages(wave.messages)}<//>
      </p>
      <${Facts}
        facts=${[
          [facts.text, label("text", wave.text)],
          [facts.checkpoint, gate("checkpoint")],
          [facts.instead, gate("instead")],
          [facts.reason, wave.reason],
          [facts.handed, wave.handed_over],
          [facts.left, wave.left_out],
          [facts.rate, wave.rate],
          [facts.made, dateAndTime(wave.made_at)],
          [facts.by, wave.made_by_name],
          [facts.back, wave.takes_back && html`<${Link} id=${wave.takes_back} />`],
          [facts.takenBy, wave.taken_back_by && html`<${Link} id=${wave.taken_back_by} />`],
        ]}
      />
      <${Acts} path=${path} wave=${wave} own=${own} answer=${answer} />
      ${wave.counts && html`<${Counts} counts=${wave.counts} />`}
      ${wave.facts.length > 0 &&
      html`<h2>${words.done}</h2>
        <ul class="notes">
          ${wave.facts.map((fact) => html`<li>${words.fact(label("fact", fact.kind), dateAndTime(fact.at), fact.by_name, fact.reason)}</li>`)}
        </ul>`}
      <${Reload} onClick=${answer.reload} />
    `}
  `;
}

function Link({ id }) {
  return html`<button type="button" class="plain code" onClick=${() => go("waves", "wave", id)}>${id}</button>`;
}

function Counts({ counts }) {
  const words = useWords(WORDS);
  const lines = [
    [words.sent, counts.sent],
    [words.delivered, counts.delivered],
    [words.open, counts.open],
    ...Object.entries(counts.not_sent).map(([why, count]) => [`${words.notSent}: ${label("told", why)}`, count]),
  ];
  return html`<h2>${words.outcome}</h2>
    <table class="table"><tbody>
      ${lines.map(([name, count]) => html`<tr><th scope="row">${name}</th><td class="number">${count}</td></tr>`)}
    </tbody></table>`;
}

function Acts({ path, wave, own, answer }) {
  const words = useWords(WORDS);
  const mustBeAnother = wave.needs_second_officer && wave.made_by === own.subject;
  const possible = ACTS[wave.state]
    .filter((each) => each !== "taking-back" || (!wave.taken_back_by && wave.facts.some((fact) => fact.kind === "released")))
    .filter((each) => each !== "release" || !mustBeAnother);
  const act = (name) => {
    const [button, title, text, done] = words.act[name];
    openForm({
      title: title(wave.messages),
      text,
      danger: name !== "pause" && name !== "resume",
      fields: [reasonField(words.reason)],
      button,
      done,
      send: async ({ reason }) => (await request("POST", `${path}/${name}`, { body: { reason } })).body,
      after: (next) => {
        forget("/v1/waves");
        if (name === "taking-back") go("waves", "wave", next.id);
        else answer.reload();
      },
      outdated: answer.reload,
    });
  };
  return html`
    ${wave.state === "waiting" && wave.needs_second_officer && html`<p class="notice">${mustBeAnother ? words.secondOwn : words.second}</p>`}
    <p class="actions">
      ${possible.map(
        (name, place) =>
          html`<button type="button" class=${place === 0 ? "primary" : undefined} onClick=${() => act(name)}>${words.act[name][0]}</button>`,
      )}
    </p>
  `;
}

function announcing(words, gates) {
  const form = words.announcing;
  const options = [["", form.choose], ...gates.map((each) => [each.id, checkpointName(gates, each.id)])];
  return {
    title: form.title,
    text: form.text,
    button: form.button,
    done: form.done,
    fields: [
      { name: "values-checkpoint", kind: "select", label: form.closed, options },
      { name: "values-instead", kind: "select", label: form.instead, options },
      reasonField(words.reason),
    ],
    send: async (values, key) => {
      const body = {
        text: "gate_closed",
        values: { checkpoint: values["values-checkpoint"], instead: values["values-instead"] },
        reason: values.reason,
      };
      return (await request("POST", "/v1/announcements", { body, headers: { "Idempotency-Key": key } })).body;
    },
    after: (wave) => {
      forget("/v1/waves");
      go("waves", "wave", wave.id);
    },
  };
}

/** The gates: open, closed, lanes; administrators change the rest. */
import { useWords } from "../../lib/language.js";
import { Failure, Loading } from "../../lib/parts.js";
import { html, useEffect, useState } from "../../lib/view.js";
import { allCheckpoints, checkpointName, forgetCheckpoints } from "../checkpoints.js";
import { numberOf, openForm } from "../forms.js";
import { Chip, Facts, Rows } from "../parts.js";
import { request } from "../requests.js";
import { useCommuneName } from "../units.js";
import { WORDS } from "./words.js";

const TEXTS = ["name", "name_en", "road", "place"];

export function Checkpoints({ own }) {
  const words = useWords(WORDS).checkpoints;
  const [all, setAll] = useState(null);
  const [error, setError] = useState(null);
  const load = () => {
    setError(null);
    allCheckpoints().then(setAll, setError);
  };
  useEffect(load, []);
  const keep = ({ body }) => {
    forgetCheckpoints();
    setAll((now) => [...now.filter((each) => each.id !== body.id), body].sort((one, other) => one.id.localeCompare(other.id)));
  };
  const isAdministrator = own.roles.includes("administrator");
  const mayOpen = (gate) => isAdministrator || own.checkpoint === gate.id;
  return html`
    ${isAdministrator &&
    html`<div class="bar"><button type="button" data-key="n" onClick=${() => openForm(editing(words, null, keep))}>${words.add}</button></div>`}
    <${Failure} error=${error} retry=${load} />
    ${!all && !error && html`<${Loading} />`}
    ${all &&
    html`<${Rows}
      name="checkpoints"
      label=${words.heads[0]}
      heads=${words.heads}
      items=${all}
      keyOf=${(each) => each.id}
      cells=${(each) => [
        checkpointName(all, each.id),
        each.road,
        words.lanes(each.lanes),
        html`<${Chip} tone=${each.open ? "done" : "wrong"}>${each.open ? words.open : words.closed}<//>`,
      ]}
      detail=${(each) => html`
        <${Gate} gate=${each} />
        ${mayOpen(each) &&
        html`<p class="actions">
          <button type="button" class="primary" onClick=${() => openForm(switching(words, each, checkpointName(all, each.id), keep))}>
            ${each.open ? words.close : words.reopen}
          </button>
          <button type="button" onClick=${() => openForm(settingLanes(words, each, keep))}>${words.setLanes}</button>
          ${isAdministrator && html`<button type="button" onClick=${() => openForm(editing(words, each, keep))}>${words.change}</button>`}
        </p>`}
      `}
    />`}
  `;
}

function Gate({ gate }) {
  const { facts } = useWords(WORDS).checkpoints;
  return html`<${Facts}
    facts=${[
      [facts.name, gate.name],
      [facts.english, gate.name_en],
      [facts.road, gate.road],
      [facts.place, gate.place],
      [facts.commune, useCommuneName(gate.commune)],
      [facts.coordinates, `${gate.latitude}, ${gate.longitude}`],
    ]}
  />`;
}

function put({ id, ...gate }) {
  return request("PUT", `/v1/checkpoints/${encodeURIComponent(id)}`, { body: gate });
}

function switching(words, gate, name, after) {
  return {
    title: gate.open ? words.closeTitle(name) : words.openTitle(name),
    text: gate.open ? words.closeText : words.openText,
    danger: gate.open,
    button: gate.open ? words.close : words.reopen,
    done: gate.open ? words.closedDone : words.openDone,
    send: () => put({ ...gate, open: !gate.open }),
    after,
  };
}

function settingLanes(words, gate, after) {
  return {
    title: words.setLanes,
    fields: [{ name: "lanes", label: words.lanesField, inputmode: "numeric", start: String(gate.lanes) }],
    button: words.save,
    done: words.lanesDone,
    send: ({ lanes }) => put({ ...gate, lanes: numberOf(lanes) }),
    after,
  };
}

function editing(words, gate, after) {
  const { fields } = words;
  return {
    title: gate ? words.change : words.add,
    fields: [
      ...(gate ? [] : [{ name: "id", label: fields.id, hint: fields.idHint, autocapitalize: "none" }]),
      ...TEXTS.map((name) => ({ name, pointer: `/${name}`, label: fields[name], start: gate?.[name] ?? "" })),
      { name: "commune", kind: "unit", label: fields.commune, start: gate?.commune ?? "" },
      { name: "latitude", label: fields.latitude, inputmode: "decimal", start: gate ? String(gate.latitude) : "" },
      { name: "longitude", label: fields.longitude, inputmode: "decimal", start: gate ? String(gate.longitude) : "" },
      { name: "lanes", label: fields.lanes, inputmode: "numeric", start: gate ? String(gate.lanes) : "2" },
    ],
    button: words.save,
    codes: { checkpoint_id_malformed: "id" },
    done: words.saved,
    send: ({ id, ...values }) =>
      put({
        ...(gate ?? { open: true, id }),
        ...Object.fromEntries(TEXTS.map((name) => [name, values[name]])),
        commune: values.commune || undefined,
        latitude: numberOf(values.latitude),
        longitude: numberOf(values.longitude),
        lanes: numberOf(values.lanes),
      }),
    after,
  };
}

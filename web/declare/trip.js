/** The steps about the trip: from where, to where, how, when. */
import { useWords } from "../lib/language.js";
import { Choices, Field } from "../lib/parts.js";
import { html } from "../lib/view.js";
import { Finder } from "./finder.js";
import { changeTrip, hasPlate, useForm } from "./form.js";
import { useList } from "./lists.js";
import { WORDS } from "./words.js";

const MINUTES = ["5", "15", "30", "45", "60"];

export function From({ step, errors }) {
  const words = useWords(WORDS);
  const { trip } = useForm();
  const provinces = useList("provinces")?.units.map((each) => ({ value: each.code, text: each.name }));
  const countries = useList("countries");
  const communes = useList(trip.province ? `communes ${trip.province}` : "provinces");
  const put = (changes) => changeTrip(step, changes);
  return html`
    <div class="in-a-row"><${Choices}
      name="abroad"
      legend=${words.abroad}
      options=${[
        { value: "", text: words.in_vietnam },
        { value: "yes", text: words.out_of_vietnam },
      ]}
      value=${trip.abroad}
      onChange=${(abroad) => put({ abroad })}
    /></div>
    ${trip.abroad === "yes"
      ? html`<${Finder}
          key="from_country"
          name="from_country"
          label=${words.from_country}
          error=${errors.from_country}
          value=${trip.from_country}
          options=${countries?.()}
          onChange=${(from_country) => put({ from_country })}
        />`
      : html`<${Finder}
          key="province"
          name="province"
          label=${words.province}
          error=${errors.province}
          value=${trip.province}
          options=${provinces}
          onChange=${(province) => put({ province, commune: "" })}
        />`}
    ${trip.abroad !== "yes" &&
    trip.province &&
    html`<${Finder}
      key=${trip.province}
      name="commune"
      label=${words.commune}
      hint=${words.commune_hint}
      optional=${true}
      error=${errors.commune}
      value=${trip.commune}
      options=${Array.isArray(communes) ? communes : undefined}
      onChange=${(commune) => put({ commune })}
    />`}
  `;
}

export function To({ step, errors }) {
  const words = useWords(WORDS);
  const { trip, mode } = useForm();
  const communes = useList("communes");
  const put = (changes) => changeTrip(step, changes);
  return html`
    ${mode.kind !== "seat" &&
    html`<${Finder}
      name="destination"
      label=${words.destination}
      error=${errors.destination}
      value=${trip.destination}
      options=${communes}
      onChange=${(destination) => put({ destination })}
    />`}
    <${Field}
      name="address"
      label=${words.address}
      hint=${words.address_hint}
      error=${errors.address}
      value=${trip.address}
      onInput=${(address) => put({ address })}
      autocomplete="off"
      maxlength="200"
    />
    <${Field}
      name="host"
      label=${words.host}
      optional=${true}
      error=${errors.host}
      value=${trip.host}
      onInput=${(host) => put({ host })}
      autocomplete="off"
      maxlength="100"
    />
    <div class="in-a-grid"><${Choices}
      name="purpose"
      legend=${words.purpose}
      options=${Object.entries(words.purposes).map(([value, text]) => ({ value, text }))}
      value=${trip.purpose}
      onChange=${(purpose) => put({ purpose })}
      error=${errors.purpose}
    /></div>
  `;
}

export function Vehicle({ step, errors }) {
  const words = useWords(WORDS);
  const { trip } = useForm();
  const countries = useList("countries");
  const put = (changes) => changeTrip(step, changes);
  const isService = ["bus", "train", "airplane", "waterway"].includes(trip.vehicle);
  return html`
    <div class="in-a-grid"><${Choices}
      name="vehicle"
      legend=${words.kind_of_vehicle}
      options=${Object.entries(words.vehicles).map(([value, text]) => ({ value, text }))}
      value=${trip.vehicle}
      onChange=${(vehicle) => put({ vehicle })}
      error=${errors.vehicle}
    /></div>
    ${hasPlate() &&
    html`
      <${Field}
        name="plate"
        label=${words.plate}
        hint=${words.plate_hint}
        error=${errors.plate}
        value=${trip.plate}
        onInput=${(plate) => put({ plate })}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck="false"
        maxlength="20"
      />
      <label class="choice choice-alone">
        <input
          type="checkbox"
          checked=${trip.foreign}
          onChange=${(event) => put({ foreign: event.target.checked, plate_country: "" })}
        />
        <span>${words.foreign_plate}</span>
      </label>
      ${trip.foreign &&
      html`<${Finder}
        name="plate_country"
        label=${words.plate_country}
        error=${errors.plate_country}
        value=${trip.plate_country}
        options=${countries?.()}
        onChange=${(plate_country) => put({ plate_country })}
      />`}
    `}
    ${isService &&
    html`
      <${Field}
        name="service_number"
        label=${words.service_number}
        optional=${true}
        error=${errors.service_number}
        value=${trip.service_number}
        onInput=${(service_number) => put({ service_number })}
        autocomplete="off"
        maxlength="20"
      />
      <${Field}
        name="seat"
        label=${words.seat_number}
        optional=${true}
        error=${errors.seat}
        value=${trip.seat}
        onInput=${(seat) => put({ seat })}
        autocomplete="off"
        maxlength="10"
      />
    `}
  `;
}

export function Gate({ step, errors, go }) {
  const words = useWords(WORDS);
  const { trip, mode } = useForm();
  if (mode.kind === "seat") return html`<${Arrival} step=${step} errors=${errors} withoutLater=${true} />`;
  return html`
    <${Arrival} step=${step} errors=${errors} />
    ${trip.minutes === "later" &&
    html`<div class="notice" role="status">
      <p>${words.too_early}</p>
      <button type="button" onClick=${() => go("later")}>${words.save_for_later}</button>
    </div>`}
    <${Checkpoints} step=${step} errors=${errors} />
  `;
}

/** How long it is until the checkpoint. */
export function Arrival({ step, errors, withoutLater }) {
  const words = useWords(WORDS);
  const { trip } = useForm();
  const text = { 5: words.now, 60: words.hour };
  const options = MINUTES.map((value) => ({ value, text: text[value] ?? words.in_minutes(value) }));
  if (!withoutLater) options.push({ value: "later", text: words.later });
  return html`<div class="in-a-grid"><${Choices}
    name="minutes"
    legend=${words.minutes}
    options=${options}
    value=${trip.minutes}
    onChange=${(minutes) => changeTrip(step, { minutes })}
    error=${errors.minutes}
  /></div>`;
}

function Checkpoints({ step, errors }) {
  const words = useWords(WORDS);
  const { trip } = useForm();
  const listed = useList("checkpoints")?.checkpoints ?? [];
  const waits = new Map(useList("waits")?.checkpoints.map((each) => [each.checkpoint, each.minutes]) ?? []);
  const name = (each) => (document.documentElement.lang === "vi" ? each.name : each.name_en);
  const about = (each) =>
    [each.road, !each.open ? words.closed : waits.get(each.id) !== undefined && words.wait(waits.get(each.id))]
      .filter(Boolean)
      .join(" · ");
  const open = listed.filter((each) => each.open || each.id === trip.checkpoint);
  return html`<${Choices}
    name="checkpoint"
    legend=${words.checkpoint}
    options=${[
      { value: "unknown", text: words.unknown },
      ...open.map((each) => ({ value: each.id, text: name(each), hint: about(each) })),
    ]}
    value=${trip.checkpoint}
    onChange=${(checkpoint) => changeTrip(step, { checkpoint })}
    error=${errors.checkpoint}
  />`;
}

/** One pass by its code: what is on record, messages about it, a correction, a revocation. */
import { Problem } from "../../lib/api.js";
import { dateAndTime, useWords } from "../../lib/language.js";
import { Failure, Field, Loading } from "../../lib/parts.js";
import { html, useState } from "../../lib/view.js";
import { numberOf, openForm, reasonField } from "../forms.js";
import { choices, label } from "../labels.js";
import { Chip, Facts } from "../parts.js";
import { request } from "../requests.js";
import { Crossing } from "./crossings.js";
import { WORDS } from "./words.js";

const TONES = { valid: "done", used: "done", expired: "due" };

export function Codes({ own }) {
  const words = useWords(WORDS).codes;
  const [code, setCode] = useState("");
  const [found, setFound] = useState(null);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const look = async (event) => {
    event?.preventDefault();
    if (busy || !code.trim()) return;
    setBusy(true);
    setError(null);
    try {
      setFound((await request("GET", `/v1/checkpoint/passes/${encodeURIComponent(code.trim())}`)).body);
    } catch (failure) {
      setFound(null);
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const wrong = error instanceof Problem && error.status < 500 && error.status !== 429 ? error.detail : "";
  return html`
    <form novalidate onSubmit=${look}>
      <${Field}
        name="code"
        label=${words.label}
        hint=${words.counted}
        error=${wrong}
        value=${code}
        onInput=${setCode}
        autocomplete="off"
        autocapitalize="characters"
        maxlength="40"
      />
      <p class="actions"><button type="submit" class="primary" disabled=${busy}>${words.button}</button></p>
    </form>
    ${error && !wrong && html`<${Failure} error=${error} retry=${look} />`}
    ${busy && !found && html`<${Loading} />`}
    ${found && html`<${Found} key=${found.code} pass=${found} own=${own} again=${look} />`}
  `;
}

function Found({ pass, own, again }) {
  const words = useWords(WORDS).codes;
  const may = (...roles) => own.roles.some((role) => roles.includes(role));
  const { person, trip } = pass;
  if (!pass.issued_at) return html`<p role="status"><${Chip} tone="wrong">${label("verdict", pass.verdict)}<//> ${words.none}</p>`;
  return html`<section class="card" aria-labelledby="pass-title">
    <h2 id="pass-title" class="code">${pass.code}</h2>
    <p role="status"><${Chip} tone=${TONES[pass.verdict] ?? "wrong"}>${label("verdict", pass.verdict)}<//></p>
    <${Facts}
      facts=${[
        [words.facts.name, person?.full_name],
        [words.facts.born, person?.born_in],
        [words.facts.phone, person?.phone],
        [words.facts.identity, person?.identity && `${label("identity", person.identity.kind)} ${person.identity.number}`],
        [words.facts.plate, trip?.transport.plate],
        [words.facts.address, trip?.destination.address],
        [words.facts.issued, dateAndTime(pass.issued_at)],
        [words.facts.expires, dateAndTime(pass.expires_at)],
      ]}
    />
    ${pass.crossing && html`<h3>${words.crossing}</h3><${Crossing} crossing=${pass.crossing} />`}
    ${pass.corrections?.length > 0 &&
    html`<h3>${words.corrections}</h3>
      <ul class="notes">
        ${pass.corrections.map((each) => html`<li>${words.correction(label("decision", each.decision), dateAndTime(each.recorded_at), each.reason)}</li>`)}
      </ul>`}
    <${Messages} code=${pass.code} />
    <p class="actions">
      ${pass.crossing && may("supervisor") && html`<button type="button" onClick=${() => openForm(correcting(words, pass, again))}>${words.correct}</button>`}
      ${may("supervisor", "health") &&
      pass.verdict !== "revoked" &&
      html`<button type="button" onClick=${() => openForm(revoking(words, pass, again))}>${words.revoke}</button>`}
    </p>
  </section>`;
}

function Messages({ code }) {
  const words = useWords(WORDS).codes;
  const [messages, setMessages] = useState(null);
  const [error, setError] = useState(null);
  const look = async () => {
    setError(null);
    try {
      setMessages((await request("GET", `/v1/checkpoint/passes/${code}/messages`)).body.messages);
    } catch (failure) {
      setError(failure);
    }
  };
  if (!messages) {
    return html`<${Failure} error=${error} /><p><button type="button" class="plain" onClick=${look}>${words.showMessages}</button></p>`;
  }
  return html`<h3>${words.messages}</h3>
    ${messages.length === 0 && html`<p>${words.noMessages}</p>`}
    <ul class="notes">
      ${messages.map(
        (each) =>
          html`<li>
            ${words.message(
              label("subject", each.subject),
              label("told", each.state ?? each.outcome ?? "waiting"),
              each.channel && label("channel", each.channel),
              (each.state_at ?? each.sent_at) && dateAndTime(each.state_at ?? each.sent_at),
            )}
          </li>`,
      )}
    </ul>`;
}

function correcting(words, pass, again) {
  const form = words.correctForm;
  return {
    title: form.title(pass.person?.full_name ?? pass.code),
    text: form.text,
    danger: true,
    fields: [
      { name: "decision", kind: "choice", label: form.decision, options: choices("decision") },
      { name: "temperature", label: form.temperature, inputmode: "decimal", optional: true },
      reasonField(form.reason),
    ],
    button: form.button,
    done: form.done,
    send: ({ decision, temperature, reason }) => {
      const body = { code: pass.code, decision: decision || undefined, temperature: numberOf(temperature), reason };
      return request("POST", "/v1/checkpoint/corrections", { body });
    },
    after: () => again(),
    outdated: () => again(),
  };
}

function revoking(words, pass, again) {
  const form = words.revokeForm;
  return {
    title: form.title,
    text: form.text,
    danger: true,
    fields: [reasonField(form.reason)],
    button: form.button,
    done: form.done,
    send: ({ reason }) => request("POST", "/v1/checkpoint/revocations", { body: { code: pass.code, reason } }),
    after: () => again(),
    outdated: () => again(),
  };
}

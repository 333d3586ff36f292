/**
 * Forms of the desk. Each stands in a dialog that says what will happen, so an action asks once. What the API refuses is
 * shown at its field. If the session ends, the form that is open stays in memory, and is shown again to the same person
 * alone.
 */
import { Problem, Unreachable } from "../lib/api.js";
import { useWords } from "../lib/language.js";
import { Choices, ErrorSummary, Failure, Field } from "../lib/parts.js";
import { SignedOut } from "../lib/session.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { announce } from "./parts.js";
import { UnitField } from "./units.js";
import { WORDS } from "./words.js";

/** Refusals because somebody else was faster: what is on the screen is no longer so. */
const OUTDATED = [404, 409, 410, 412];

let show = () => {};

/**
 * @typedef {object} FormField
 * @property {string} name The field's id. With `/` for `-` it is the field's JSON pointer in the body, unless `pointer`
 *   says otherwise.
 * @property {"text"|"area"|"date"|"moment"|"select"|"choice"|"several"|"yes"|"unit"|"note"} [kind]
 * @property {string} label
 * @property {[string, string][]} [options]
 * @property {(values: object) => boolean} [when] Whether it is asked for.
 */

/**
 * Ask for what an action needs, and carry it out.
 *
 * @param {{title: string, text?: any, fields?: FormField[], button: string, danger?: boolean, done?: string,
 *   send: (values: object, key: string) => Promise<any>, after?: (answer: any) => void,
 *   wayOut?: (problem: Problem) => {text: string, go: () => void} | null, outdated?: () => void,
 *   codes?: Record<string, string | ((values: object) => string)>}} form `codes` are the fields of errors that name none.
 *   `outdated` loads again what the form is about, after a refusal because it has changed. `send` gets an idempotency key
 *   that stays the same as long as the values do.
 */
export function openForm(form) {
  show(form);
}

/** For the shell: the form that is open, and how it is dropped. @returns {[object | null, () => void]} */
export function useOpenForm() {
  const [form, setForm] = useState(null);
  show = setForm;
  return [form, () => setForm(null)];
}

/**
 * Where forms are shown: once in the shell.
 *
 * @param {{form: object | null, close: () => void, hidden: boolean, outlived: () => void}} props `hidden` while nobody is
 *   signed in. `outlived` is called after a form was sent in a later session than it was begun in: what stands behind it
 *   was loaded before.
 */
export function Forms({ form, ...more }) {
  return form && html`<${FormDialog} key=${form} form=${form} ...${more} />`;
}

function FormDialog({ form, close, hidden, outlived }) {
  const words = useWords(WORDS);
  const dialog = useRef(null);
  const before = useRef(document.activeElement);
  const wasHidden = useRef(false);
  const sent = useRef({ values: "", key: "" });
  const [values, setValues] = useState(() => startOf(form));
  const [errors, setErrors] = useState({});
  const [failure, setFailure] = useState(null);
  const [turn, setTurn] = useState(0);
  const [busy, setBusy] = useState(false);
  const fields = (form.fields ?? []).filter((each) => !each.when || each.when(values));

  useEffect(() => {
    if (hidden) {
      wasHidden.current = true;
      return undefined;
    }
    const element = dialog.current;
    element.showModal();
    const first = element.querySelector(wasHidden.current ? ".notice" : "input, textarea, select");
    (first ?? element.querySelector(".primary"))?.focus();
    return () => element.open && element.close();
  }, [hidden]);
  useEffect(() => {
    if (failure) dialog.current?.querySelector(".failure")?.scrollIntoView({ block: "nearest" });
  }, [failure]);

  const outdated = useRef(false);
  const leave = () => {
    dialog.current?.close();
    close();
    if (outdated.current) form.outdated?.();
    if (before.current?.isConnected) before.current.focus();
    // The button that opened the form may be gone, with its row.
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) document.querySelector("main h1")?.focus();
    });
  };
  useEffect(() => {
    if (hidden) return undefined;
    // The browser's back button leaves the form, too.
    addEventListener("popstate", leave);
    return () => removeEventListener("popstate", leave);
  }, [hidden]);
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setFailure(null);
    setErrors({});
    const text = JSON.stringify(values);
    if (sent.current.values !== text) sent.current = { values: text, key: crypto.randomUUID() };
    try {
      const answer = await form.send(values, sent.current.key);
      leave();
      form.after?.(answer);
      if (form.done) announce(form.done);
      if (wasHidden.current) outlived();
    } catch (error) {
      // The shell hides the form. It is sent again with the same key.
      if (error instanceof SignedOut) return setBusy(false);
      const known = error instanceof Problem ? atFields(error, fields, form.codes, values) : {};
      outdated.current = OUTDATED.includes(error.status);
      setErrors(known);
      setTurn((now) => now + 1);
      if (!Object.keys(known).length) setFailure(error);
      setBusy(false);
      if (!(error instanceof Problem) && !(error instanceof Unreachable)) throw error;
    }
    return undefined;
  };
  if (hidden) return html`<dialog ref=${dialog}></dialog>`;
  const wayOut = failure instanceof Problem ? form.wayOut?.(failure) : null;
  return html`<dialog
    class="form"
    ref=${dialog}
    aria-labelledby="form-title"
    onCancel=${(event) => {
      event.preventDefault();
      // What was typed is not lost by one key.
      if (!busy && JSON.stringify(values) === JSON.stringify(startOf(form))) leave();
    }}
  >
    <form novalidate onSubmit=${submit}>
      <h2 id="form-title">${form.title}</h2>
      ${wasHidden.current && html`<p class="notice" tabindex="-1">${words.formKept}</p>`}
      ${form.text && html`<div class=${form.danger ? "what danger" : "what"}>${form.text}</div>`}
      <${ErrorSummary} errors=${errors} turn=${turn} />
      ${fields.map(
        (field) =>
          html`<${OneField}
            key=${field.name}
            field=${field}
            value=${values[field.name]}
            error=${errors[field.name]}
            onInput=${(value) => setValues((now) => ({ ...now, [field.name]: value }))}
          />`,
      )}
      <${Failure} error=${failure} />
      ${wayOut &&
      html`<p><button type="button" onClick=${() => {
        leave();
        wayOut.go();
      }}>${wayOut.text}</button></p>`}
      <p class="actions">
        <button type="submit" class=${form.danger ? "primary danger" : "primary"} disabled=${busy}>
          ${busy ? words.sending : form.button}
        </button>
        <button type="button" disabled=${busy} onClick=${leave}>${words.cancel}</button>
      </p>
    </form>
  </dialog>`;
}

function OneField({ field, value, error, onInput }) {
  const words = useWords(WORDS);
  const { name, kind = "text", label, hint, optional, options = [], ...more } = field;
  const { when, start, pointer, ...attributes } = more;
  const shared = { name, label, hint, error, optional, value, onInput };
  if (kind === "note") return html`<div class="note">${label}</div>`;
  if (kind === "unit") return html`<${UnitField} ...${shared} />`;
  if (kind === "area") return html`<${Area} ...${shared} ...${attributes} />`;
  if (kind === "date") return html`<${Field} ...${shared} type="date" ...${attributes} />`;
  if (kind === "moment") return html`<${Field} ...${shared} type="datetime-local" ...${attributes} />`;
  if (kind === "choice" || kind === "several") {
    return html`<${Choices}
      name=${name}
      legend=${optional ? `${label}${words.optional}` : label}
      hint=${hint}
      error=${error}
      several=${kind === "several"}
      options=${options.map(([each, text]) => ({ value: each, text }))}
      value=${value}
      onChange=${onInput}
    />`;
  }
  if (kind === "yes") {
    return html`<div class="field"><label class="choice">
      <input type="checkbox" id=${name} checked=${value} onChange=${(event) => onInput(event.target.checked)} />
      <span>${label}${hint && html`<span class="hint">${hint}</span>`}</span>
    </label></div>`;
  }
  if (kind === "select") return html`<${Select} ...${shared} options=${options} />`;
  return html`<${Field} ...${shared} autocomplete="off" ...${attributes} />`;
}

/** Several lines of text. */
export function Area({ name, label, hint, error, optional, value, onInput, ...more }) {
  const words = useWords(WORDS);
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ");
  return html`<div class=${error ? "field has-error" : "field"}>
    <label for=${name}>${label}${optional ? words.optional : ""}</label>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${error && html`<p class="error" id="${name}-error">${error}</p>`}
    <textarea
      id=${name}
      rows="3"
      aria-invalid=${error ? "true" : undefined}
      aria-describedby=${described || undefined}
      value=${value}
      onInput=${(event) => onInput(event.target.value)}
      ...${more}
    ></textarea>
  </div>`;
}

function Select({ name, label, hint, error, optional, value, onInput, options }) {
  const words = useWords(WORDS);
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ");
  return html`<div class=${error ? "field has-error" : "field"}>
    <label for=${name}>${label}${optional ? words.optional : ""}</label>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${error && html`<p class="error" id="${name}-error">${error}</p>`}
    <select
      id=${name}
      aria-invalid=${error ? "true" : undefined}
      aria-describedby=${described || undefined}
      onChange=${(event) => onInput(event.target.value)}
    >
      ${options.map(([each, text]) => html`<option value=${each} selected=${each === value}>${text}</option>`)}
    </select>
  </div>`;
}

/** A reason, which nearly every action asks for. */
export function reasonField(label, hint) {
  return { name: "reason", kind: "area", label, hint, maxlength: 500, rows: 2 };
}

/** A time that was typed, in the zone of the province, as the API takes it. */
export function momentOf(text) {
  return text ? `${text}:00+07:00` : undefined;
}

/** A number that was typed, with a comma or a point. What is none is sent as it is, and the API says so. */
export function numberOf(text) {
  if (!text) return undefined;
  const number = Number(text.replace(",", "."));
  return Number.isNaN(number) ? text : number;
}

function startOf(form) {
  return Object.fromEntries((form.fields ?? []).map((each) => [each.name, each.start ?? startOfKind(each.kind)]));
}

function startOfKind(kind) {
  return { several: [], yes: false }[kind] ?? "";
}

/** The API's errors by field. An error of the body that belongs to no field stands at the first one. */
function atFields(problem, fields, codes = {}, values) {
  const found = {};
  const named = codes[problem.code];
  const own = fields.find((each) => each.name === (typeof named === "function" ? named(values) : named));
  // Of several people with one phone the answer names a pass each.
  if (own) return { [own.name]: [problem.detail, ...(problem.content.codes ?? [])].join(" ") };
  for (const { pointer, detail } of problem.errors) {
    const name = (fieldAt(pointer, fields) ?? fields[0])?.name;
    if (name) found[name] = found[name] ? `${found[name]} ${detail}` : detail;
  }
  return found;
}

function fieldAt(pointer, fields) {
  const ofField = (each) => each.pointer ?? `/${each.name.replaceAll("-", "/")}`;
  return (
    fields.find((each) => ofField(each) === pointer) ??
    fields.find((each) => pointer.startsWith(`${ofField(each)}/`)) ??
    fields.find((each) => pointer && ofField(each).startsWith(`${pointer}/`))
  );
}

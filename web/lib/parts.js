/** Parts that all pages share. */
import { Problem, SignInFailed, Unreachable } from "./api.js";
import { choose, language, languages, useWords } from "./language.js";
import { html, useEffect, useRef } from "./view.js";

const WORDS = {
  vi: {
    errors: "Có lỗi cần sửa",
    error: "Lỗi: ",
    again: "Thử lại",
    loading: "Đang tải…",
    unreachable: "Không có mạng, hoặc mạng quá chậm. Vui lòng kiểm tra kết nối rồi thử lại.",
    failed: "Hệ thống đang bận. Vui lòng thử lại sau ít giây.",
    notSignedIn: "Đăng nhập không thành công. Vui lòng đăng nhập lại.",
    optional: " (không bắt buộc)",
    language: "Ngôn ngữ",
    back: "Quay lại",
  },
  en: {
    errors: "Please correct this",
    error: "Error: ",
    again: "Try again",
    loading: "Loading…",
    unreachable: "There is no network, or it is too slow. Check the connection and try again.",
    failed: "The system is busy. Try again in a few seconds.",
    notSignedIn: "The sign-in did not succeed. Please sign in again.",
    optional: " (optional)",
    language: "Language",
    back: "Back",
  },
};

/** The head of a page: its name, who is signed in, and the language. */
export function Head({ title, children }) {
  return html`<header class="head">
    <p class="head-name">${title}</p>
    ${children}
    <${Languages} />
  </header>`;
}

export function Languages() {
  const words = useWords(WORDS);
  return html`<nav class="languages" aria-label=${words.language}>
    ${Object.entries(languages()).map(
      ([name, own]) =>
        html`<button type="button" lang=${name} aria-pressed=${language() === name} onClick=${() => choose(name)}>
          ${own}
        </button>`,
    )}
  </nav>`;
}

/** A link back to the step before: the browser's own back button does the same. */
export function Back({ onClick }) {
  return html`<button type="button" class="back" onClick=${onClick ?? (() => history.back())}>
    ${useWords(WORDS).back}
  </button>`;
}

/**
 * A label, a hint, an input and its error.
 *
 * @param {{name: string, label: string, hint?: string, error?: string, optional?: boolean, value: string,
 *   onInput: (value: string) => void, [more: string]: any}} props `more` are attributes of the input.
 */
export function Field({ name, label, hint, error, optional, value, onInput, ...more }) {
  const words = useWords(WORDS);
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ");
  return html`<div class=${error ? "field has-error" : "field"}>
    <label for=${name}>${label}${optional ? words.optional : ""}</label>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${error && html`<p class="error" id="${name}-error"><span class="unseen">${words.error}</span>${error}</p>`}
    <input
      id=${name}
      name=${name}
      value=${value ?? ""}
      aria-invalid=${error ? "true" : undefined}
      aria-describedby=${described || undefined}
      onInput=${(event) => onInput(event.target.value)}
      ...${more}
    />
  </div>`;
}

/**
 * Choices of which one is taken, or several.
 *
 * @param {{name: string, legend: any, options: {value: string, text: any, hint?: any}[], value: string | string[],
 *   onChange: (value: any) => void, several?: boolean, error?: string, hint?: string}} props
 */
export function Choices({ name, legend, options, value, onChange, several, error, hint }) {
  const words = useWords(WORDS);
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ");
  const chosen = (each) => (several ? value.includes(each) : value === each);
  const change = (each, is) => onChange(several ? (is ? [...value, each] : value.filter((other) => other !== each)) : each);
  return html`<fieldset class=${error ? "field has-error" : "field"} aria-describedby=${described || undefined}>
    <legend>${legend}</legend>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${error && html`<p class="error" id="${name}-error"><span class="unseen">${words.error}</span>${error}</p>`}
    ${options.map(
      (option, place) => html`<label class="choice">
        <input
          type=${several ? "checkbox" : "radio"}
          id=${place ? `${name}-${option.value}` : name}
          name=${name}
          value=${option.value}
          checked=${chosen(option.value)}
          onChange=${(event) => change(option.value, event.target.checked)}
        />
        <span>${option.text}${option.hint && html`<span class="hint">${option.hint}</span>`}</span>
      </label>`,
    )}
  </fieldset>`;
}

/**
 * What is wrong, above the form: it gets the focus, and each line leads to its field.
 *
 * @param {{errors: Record<string, string>, turn: any}} props By the field's name. With another `turn` it gets the focus
 *   again.
 */
export function ErrorSummary({ errors, turn }) {
  const words = useWords(WORDS);
  const box = useRef(null);
  const lines = Object.entries(errors);
  useEffect(() => {
    if (lines.length) box.current?.focus();
  }, [turn]);
  if (!lines.length) return null;
  const go = (event, name) => {
    event.preventDefault();
    document.getElementById(name)?.focus();
  };
  return html`<div class="errors" role="alert" tabindex="-1" ref=${box}>
    <h2>${words.errors}</h2>
    <ul>
      ${lines.map(([name, text]) => html`<li><a href="#${name}" onClick=${(event) => go(event, name)}>${text}</a></li>`)}
    </ul>
  </div>`;
}

/** What the API or the network said, in words for people. */
export function inWords(error, words = WORDS[document.documentElement.lang] ?? WORDS.en) {
  if (error instanceof Problem) return error.detail || error.title || words.failed;
  if (error instanceof SignInFailed) return words.notSignedIn;
  return error instanceof Unreachable ? words.unreachable : words.failed;
}

/** An error with the button that tries again. */
export function Failure({ error, retry }) {
  const words = useWords(WORDS);
  if (!error) return null;
  return html`<div class="failure" role="alert">
    ${error instanceof Problem && error.detail && html`<p><strong>${error.title}</strong></p>`}
    <p>${inWords(error, words)}</p>
    ${retry && html`<button type="button" onClick=${retry}>${words.again}</button>`}
  </div>`;
}

export function Loading() {
  return html`<p class="loading" role="status">${useWords(WORDS).loading}</p>`;
}

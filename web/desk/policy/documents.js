/** A document that has versions: read, edited as JSON with the changes side by side, tried, put in force, compared. */
import { Problem } from "../../lib/api.js";
import { dateAndTime, dateOf, language, useWords } from "../../lib/language.js";
import { Failure, Loading } from "../../lib/parts.js";
import { html, useEffect, useMemo, useRef, useState } from "../../lib/view.js";
import { openForm } from "../forms.js";
import { ListEnd, Rows, Tabs, announce, saveFile } from "../parts.js";
import { forget, request, useAnswer, useList } from "../requests.js";
import { Malformed, lineAt, positions, rangeOf, sideBySide } from "./texts.js";
import { WORDS } from "./words.js";

/**
 * @param {{path: string, read: Function, mayChange: boolean, trials: string | null}} props `read` is the component that
 *   shows the document to people.
 */
export function VersionedDocument({ path, read, mayChange, trials }) {
  const words = useWords(WORDS);
  const [mode, setMode] = useState("read");
  const answer = useAnswer(path);
  const modes = ["read", ...(mayChange ? ["edit"] : []), ...(trials ? ["try"] : []), "versions"];
  const Read = read;
  return html`
    <${Tabs} label=${words.modes} parts=${modes.map((each) => [each, words.mode[each]])} chosen=${mode} choose=${setMode} />
    <${Failure} error=${answer.error} retry=${answer.reload} />
    ${answer.busy && html`<${Loading} />`}
    ${answer.value && mode === "read" && html`<${Read} content=${answer.value} />`}
    ${answer.value &&
    (mode === "edit" || mode === "try") &&
    html`<${Editor}
      key=${answer.value.version}
      path=${path}
      inForce=${answer.value}
      mayChange=${mayChange}
      trials=${trials}
      outdated=${answer.reload}
      changed=${() => {
        forget(`${path}/versions`);
        answer.reload();
        setMode("read");
      }}
    />`}
    ${answer.value && mode === "versions" && html`<${Versions} path=${path} inForce=${answer.value} />`}
  `;
}

function textOf(content) {
  return JSON.stringify(content, null, 2);
}

function Editor({ path, inForce, mayChange, trials, changed, outdated }) {
  const words = useWords(WORDS);
  const draftKey = `desk-draft${path}`;
  const before = useMemo(() => textOf(inForce), [inForce]);
  const [text, setText] = useState(() => sessionStorage.getItem(draftKey) ?? before);
  const [problems, setProblems] = useState([]); // { at: [number, number], text }
  const [failure, setFailure] = useState(null);
  const [trial, setTrial] = useState(null);
  const [busy, setBusy] = useState(false);
  const area = useRef(null);
  const summary = useRef(null);

  useEffect(() => {
    if (problems.length) summary.current?.focus();
  }, [problems]);
  const type = (next) => {
    setText(next);
    setTrial(null);
    if (next === before) sessionStorage.removeItem(draftKey);
    else sessionStorage.setItem(draftKey, next);
  };
  /** The document that was typed; `null`, with the problem shown, if it is none. */
  const parsed = () => {
    setProblems([]);
    setFailure(null);
    try {
      positions(text);
      return JSON.parse(text);
    } catch (error) {
      const at = error instanceof Malformed ? error.at : 0;
      setProblems([{ at: [at, at + 1], text: words.malformed(lineAt(text, at)) }]);
      return null;
    }
  };
  const refused = (problem) => {
    const found = positions(text);
    setProblems(
      problem.errors.map(({ pointer, detail }) => {
        const at = rangeOf(pointer, found);
        return { at, text: words.line(lineAt(text, at[0]), detail) };
      }),
    );
  };
  const tryOut = async () => {
    const body = parsed();
    if (!body || busy) return;
    setBusy(true);
    try {
      setTrial({ ...(await request("POST", trials, { body })).body, of: body });
    } catch (error) {
      if (error instanceof Problem && error.errors.length) refused(error);
      else setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const put = () => {
    const body = parsed();
    if (!body) return;
    openForm({
      title: words.put.title(body.version ?? ""),
      text: words.put.text(inForce.version),
      danger: true,
      button: words.put.button,
      send: async () => {
        try {
          await request("PUT", path, { body, headers: { "If-Match": `"${inForce.version}"` } });
          return null;
        } catch (error) {
          if (error instanceof Problem && error.errors.length) return error;
          throw error;
        }
      },
      // The draft stays; it is compared with the version that is in force now.
      outdated,
      after: (problem) => {
        if (problem) return refused(problem);
        sessionStorage.removeItem(draftKey);
        announce(words.put.done(body.version));
        return changed();
      },
    });
  };
  const lead = ([start, end]) => {
    const element = area.current;
    element.focus();
    element.setSelectionRange(start, Math.max(end, start + 1));
    // The browser scrolls to what is selected only when something is typed.
    const height = element.scrollHeight / text.split("\n").length;
    element.scrollTop = Math.max(0, (lineAt(text, start) - 4) * height);
  };
  return html`
    ${problems.length > 0 &&
    html`<div class="errors" role="alert" tabindex="-1" ref=${summary}>
      <h2>${words.problems}</h2>
      <ul>
        ${problems.map((each) => html`<li><button type="button" class="plain" onClick=${() => lead(each.at)}>${each.text}</button></li>`)}
      </ul>
    </div>`}
    <div class="field">
      <label for="editor">${words.editor}</label>
      <p class="hint" id="editor-hint">${mayChange ? words.editorHint : words.tryHint}</p>
      <textarea
        id="editor"
        class="editor"
        ref=${area}
        spellcheck="false"
        autocomplete="off"
        aria-describedby="editor-hint"
        aria-invalid=${problems.length ? "true" : undefined}
        value=${text}
        onInput=${(event) => type(event.target.value)}
      ></textarea>
    </div>
    <${Failure} error=${failure} />
    <p class="actions">
      ${trials && html`<button type="button" class="primary" disabled=${busy} onClick=${tryOut}>${words.tryOut}</button>`}
      ${mayChange && html`<button type="button" class="primary" disabled=${text === before} onClick=${put}>${words.putInForce}</button>`}
      <button type="button" onClick=${() => saveFile(text, `${path.slice(4)}.json`)}>${words.save}</button>
      ${text !== before && html`<button type="button" onClick=${() => type(before)}>${words.reset}</button>`}
    </p>
    ${trial && html`<${Trial} trial=${trial} inForce=${inForce} />`}
    <h2>${words.changes}</h2>
    <${Changes} before=${before} after=${text} />
  `;
}

function Changes({ before, after, heads }) {
  const words = useWords(WORDS);
  const rows = useMemo(() => sideBySide(before, after), [before, after]);
  if (!rows.length) return html`<p class="quiet">${words.noChanges}</p>`;
  return html`<table class="changes">
    <thead><tr>${(heads ?? [words.before_, words.after_]).map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>
    <tbody>
      ${rows.map((row) =>
        row.before === null && row.after === null
          ? html`<tr><td colspan="2">⋮</td></tr>`
          : html`<tr>
              <td class=${row.changed && row.before !== null ? "old" : undefined}>
                ${row.changed && row.before !== null ? html`<del>${row.before}</del>` : row.before}
              </td>
              <td class=${row.changed && row.after !== null ? "new" : undefined}>
                ${row.changed && row.after !== null ? html`<ins>${row.after}</ins>` : row.after}
              </td>
            </tr>`,
      )}
    </tbody>
  </table>`;
}

/** What a policy would change, on the declarations of a day. */
function Trial({ trial, inForce }) {
  const words = useWords(WORDS);
  const heading = useRef(null);
  useEffect(() => heading.current.focus(), [trial]);
  const textIn = (item) => item?.[language()] ?? item?.vi;
  const count = (value) => (value === "under_five" ? words.underFive : value);
  const lines = [
    [words.stopped, trial.stopped],
    ...["findings", "instructions", "papers"].flatMap((kind) =>
      Object.entries(trial[kind]).map(([id, counts]) => [textIn(trial.of[kind]?.[id] ?? inForce[kind]?.[id]) ?? id, counts]),
    ),
  ];
  return html`<section class="card" aria-labelledby="trial-title">
    <h2 id="trial-title" tabindex="-1" ref=${heading}>${words.trial}</h2>
    <p>${words.trialText(dateOf(trial.day), count(trial.declarations), count(trial.persons))} ${!trial.complete && words.trialPart}</p>
    <p><strong>${words.different}: ${count(trial.different)}</strong></p>
    <div class="scroll">
      <table class="table">
        <thead><tr>${words.trialHeads.map((each, place) => html`<th scope="col" class=${place ? "number" : undefined}>${each}</th>`)}</tr></thead>
        <tbody>
          ${lines.map(
            ([name, { now, then }]) =>
              html`<tr><th scope="row">${name}</th><td class="number">${count(now)}</td>
                <td class="number">${now === then ? count(then) : html`<strong>${count(then)}</strong>`}</td></tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function Versions({ path, inForce }) {
  const words = useWords(WORDS);
  const list = useList(`${path}/versions`, "changes");
  return html`
    <${Rows}
      name="versions"
      label=${words.versions}
      heads=${words.versionHeads}
      items=${list.items}
      keyOf=${(each) => `${each.version} ${each.stored_at}`}
      cells=${(each) => [
        each.version,
        [each.stored_by_name, each.instead_of ? words.instead(each.instead_of) : words.shipped].filter(Boolean).join(" · "),
        dateAndTime(each.stored_at),
      ]}
      detail=${(each) => html`<${OneVersion} path=${path} version=${each.version} inForce=${inForce} />`}
    />
    <${ListEnd} list=${list} empty=${words.noVersions} />
  `;
}

function OneVersion({ path, version, inForce }) {
  const words = useWords(WORDS);
  const answer = useAnswer(`${path}?version=${encodeURIComponent(version)}`);
  return html`
    <h2>${words.compare}</h2>
    <${Failure} error=${answer.error} retry=${answer.reload} />
    ${answer.busy && html`<${Loading} />`}
    ${answer.value &&
    html`<${Changes} before=${textOf(inForce)} after=${textOf(answer.value)} heads=${[inForce.version, version]} />
      <p><button type="button" class="plain" onClick=${() => saveFile(textOf(answer.value), `${version}.json`)}>${words.save}</button></p>`}
  `;
}

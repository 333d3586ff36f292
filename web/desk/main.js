/** The desk: who is signed in, the sections that their roles allow, and the section that is open. */
import { useWords } from "../lib/language.js";
import { Failure, Head, Loading } from "../lib/parts.js";
import { SignedOut, me, resume, signIn, signOut } from "../lib/session.js";
import { html, render, useEffect, useRef, useState } from "../lib/view.js";
import { Forms, useOpenForm } from "./forms.js";
import { label } from "./labels.js";
import { Announcements, Title, useKeptFocus } from "./parts.js";
import { go, goBack, here, usePlace } from "./places.js";
import { forgetAll, whenSignedOut } from "./requests.js";
import { WORDS } from "./words.js";

/** The sections, and the roles that each is for. What is in a section may need more: the API decides. */
const SECTIONS = {
  cases: ["health"],
  stays: ["commune", "health"],
  waves: ["health", "supervisor"],
  permits: ["health", "supervisor", "hotline", "commune", "administrator"],
  gates: ["supervisor", "health", "hotline", "administrator"],
  staff: ["supervisor", "health", "administrator"],
  policy: ["supervisor", "health", "hotline", "administrator", "commune", "checkpoint"],
};
const WANTED = "desk-section";
/** A tab that was opened only to sign in. Another tab waits for it, with a form that must not be lost. */
const AGAIN = "again";
const WAITING = "desk-signs-in-for-another-tab";
const tabs = globalThis.BroadcastChannel && new BroadcastChannel("desk");
const LETTERS = "desk-letters";

function Desk() {
  const words = useWords(WORDS);
  const place = usePlace();
  // `state`: "starting", "out", "in", or "again" in a tab that was there for the sign-in alone
  const [session, setSession] = useState({ state: "starting", own: null, error: null, ended: false });
  const [form, dropForm] = useOpenForm();
  /** The subject of the person who began the form. */
  const holder = useRef("");
  const [turn, setTurn] = useState(0);
  const start = () => {
    setSession((now) => ({ ...now, state: "starting", own: null, error: null }));
    begin().then(
      (next) => {
        if (next.own && holder.current && next.own.subject !== holder.current) return startAfresh();
        holder.current = next.own?.subject ?? holder.current;
        return setSession((now) => ({ ...next, ended: now.ended && !next.own }));
      },
      (error) =>
        setSession((now) => {
          const ended = error instanceof SignedOut;
          return { state: "out", own: null, ended: ended || now.ended, error: ended ? null : error };
        }),
    );
  };
  useEffect(() => {
    whenSignedOut(() => {
      forgetAll();
      setSession({ state: "out", own: null, error: null, ended: true });
    });
    start();
  }, []);
  const waits = session.state === "out" && session.ended && form !== null;
  useEffect(() => {
    if (!waits) return undefined;
    // Another tab has signed in, or somebody comes back from one.
    const look = () => document.visibilityState === "visible" && resume().then((is) => is && start(), () => {});
    tabs?.addEventListener("message", start);
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      tabs?.removeEventListener("message", start);
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [waits]);
  const leave = async () => {
    forgetAll();
    dropForm();
    await signOut();
    go("");
    setSession({ state: "out", own: null, error: null, ended: false });
  };
  const isIn = session.state === "in";
  return html`
    ${isIn
      ? html`<${Inside} key="in" own=${session.own} place=${place} turn=${turn} leave=${leave} />`
      : html`<${Outside} key="out" session=${session} start=${start} waits=${waits} dropForm=${dropForm} />`}
    <${Forms} key="forms" form=${form} close=${dropForm} hidden=${!isIn} outlived=${() => setTurn((now) => now + 1)} />
    <${Announcements} key="announcements" />
  `;
}

/** The page without a sign-in. */
function Outside({ session, start, waits, dropForm }) {
  const words = useWords(WORDS);
  const { state, ended, error } = session;
  return html`<${Head} title="Tây Ninh Pass" />
    <main class="start" id="main">
      <h1 tabindex="-1">${state === "again" ? words.signedIn : words.title}</h1>
      ${state === "starting" && html`<p>${words.welcome}</p><${Loading} />`}
      ${state === "again" &&
      html`<p>${words.closeTab}</p>
        <p><a href="/desk">${words.openHere}</a></p>`}
      ${state === "out" &&
      html`<p role="status">${waits ? words.formWaits : ended ? words.signedOut : words.welcome}</p>
        <${Failure} error=${error} retry=${start} />
        ${waits
          ? html`<p class="actions">
              <a class="button primary" href="/desk#${AGAIN}" target="_blank" rel="noopener">${words.signInAgain}</a>
              <button type="button" onClick=${dropForm}>${words.dropForm}</button>
            </p>`
          : html`<p><button type="button" class="primary" onClick=${leaveForSignIn}>${words.signIn}</button></p>`}`}
    </main>`;
}

/** What there is for somebody who is signed in. `turn`: another one loads the section again. */
function Inside({ own, place, turn, leave }) {
  const words = useWords(WORDS);
  useKeptFocus();
  const open = Object.keys(SECTIONS).filter((each) => own.roles.some((role) => SECTIONS[each].includes(role)));
  return html`
    <a class="skip" href="#main" onClick=${skip}>${words.skip}</a>
    <${Head} title=${words.title}>
      <p class="who">
        ${own.name && html`<strong>${own.name}</strong>`}
        <span>${own.roles.map((role) => label("role", role)).join(", ")}</span>
      </p>
      <button type="button" class="sign-out" onClick=${leave}>${words.signOut}</button>
    <//>
    <div class="desk">
      <${Sections} open=${open} current=${place.section} />
      <main id="main">
        ${open.includes(place.section)
          ? html`<${Section} key=${`${place.section} ${turn}`} name=${place.section} own=${own} place=${place} />`
          : html`<${Start} open=${open} />`}
      </main>
    </div>
    <${Shortcuts} open=${open} />
  `;
}

async function begin() {
  if (here().section === AGAIN) {
    history.replaceState(null, "", location.pathname);
    sessionStorage.setItem(WAITING, "yes");
  }
  const out = { state: "out", own: null, error: null };
  if (!(await resume())) {
    if (sessionStorage.getItem(WAITING)) await signIn();
    return out;
  }
  if (sessionStorage.getItem(WAITING)) {
    sessionStorage.removeItem(WAITING);
    tabs?.postMessage("signed in");
    return { state: "again", own: null, error: null };
  }
  const own = await me();
  const wanted = sessionStorage.getItem(WANTED);
  sessionStorage.removeItem(WANTED);
  if (wanted && !here().section) go(wanted);
  return { state: "in", own, error: null };
}

/** Somebody else has signed in: nothing of the former one stays, not even in memory. */
function startAfresh() {
  history.replaceState(null, "", location.pathname);
  location.reload();
}

/** The sign-in leads back to the page's address without what stands behind `#`. */
function leaveForSignIn() {
  sessionStorage.setItem(WANTED, here().section);
  signIn();
}

function skip(event) {
  event.preventDefault();
  document.querySelector("main h1")?.focus();
}

function Sections({ open, current }) {
  const words = useWords(WORDS);
  return html`<nav class="sections" aria-label=${words.sections}>
    ${open.map(
      (name) =>
        html`<a href="#${name}" aria-current=${name === current ? "page" : undefined} onClick=${(event) => visit(event, name)}>
          ${words.section[name][0]}
        </a>`,
    )}
  </nav>`;
}

function Start({ open }) {
  const words = useWords(WORDS);
  return html`<${Title}>${words.choose}<//>
    ${open.length === 0 &&
    html`<p>${words.noSections}</p>
      <ul>${words.elsewhere.map(([page, text]) => html`<li><a href=${page}>${text}</a></li>`)}</ul>`}
    <ul class="tiles">
      ${open.map(
        (name) =>
          html`<li><a href="#${name}" onClick=${(event) => visit(event, name)}>
            <strong>${words.section[name][0]}</strong><span>${words.section[name][1]}</span>
          </a></li>`,
      )}
    </ul>
    <p class="quiet for-keys">${words.shortcutsHint}</p>`;
}

function visit(event, name) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(name);
}

/** A section is loaded when it is first opened. */
function Section({ name, own, place }) {
  const words = useWords(WORDS);
  const [loaded, setLoaded] = useState(null);
  const [failed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    import(`./${name}/main.js`).then(
      (module) => setLoaded(() => module.default),
      () => setFailed(true),
    );
  };
  useEffect(load, []);
  if (failed) return html`<${Title}>${words.section[name][0]}<//><${Failure} error=${new Error("not loaded")} retry=${load} />`;
  const Part = loaded;
  return Part ? html`<${Part} own=${own} place=${place} />` : html`<h1 tabindex="-1">${words.section[name][0]}</h1><${Loading} />`;
}

/** Keys for those who work with them all day, and the list of them. */
function Shortcuts({ open }) {
  const words = useWords(WORDS);
  const dialog = useRef(null);
  const [letters, setLetters] = useState(lettersAreOn);
  useEffect(() => {
    const press = (event) => {
      const within = event.target.closest?.("input, textarea, select, dialog");
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || within) return;
      const { key } = event;
      if (key === "Escape" && here().view) goBack(here().section);
      if (!letters) return;
      if (key === "?") dialog.current.showModal();
      else if (/^[1-9]$/.test(key) && open[key - 1]) go(open[key - 1]);
      else if (key === "u" && here().view) goBack(here().section);
      else if (key === "/") document.querySelector("main select, main input")?.focus();
      else if (key === "n" || key === "r") document.querySelector(`main [data-key="${key}"]`)?.click();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [letters, open.join()]);
  const change = (event) => {
    setLetters(event.target.checked);
    try {
      localStorage.setItem(LETTERS, event.target.checked ? "yes" : "no");
    } catch {
      // Some browsers forbid it. The choice then lasts as long as the page.
    }
  };
  return html`
    <button type="button" class="plain shortcuts for-keys" onClick=${() => dialog.current.showModal()}>${words.shortcuts} (?)</button>
    <dialog ref=${dialog} class="form" aria-labelledby="shortcuts-title">
      <h2 id="shortcuts-title">${words.shortcuts}</h2>
      <dl class="keys">${words.keys.map(([key, what]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
      <label class="choice"><input type="checkbox" checked=${letters} onChange=${change} /><span>${words.letters}</span></label>
      <p class="actions"><button type="button" class="primary" onClick=${() => dialog.current.close()}>${words.close}</button></p>
    </dialog>
  `;
}

function lettersAreOn() {
  try {
    return localStorage.getItem(LETTERS) !== "no";
  } catch {
    return true;
  }
}

const root = document.getElementById("desk");
root.textContent = "";
render(html`<${Desk} />`, root);

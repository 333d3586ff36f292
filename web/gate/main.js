/** The page of a gate: who works here. What they do is in `work.js`. */
import { useWords } from "../lib/language.js";
import { worksOffline } from "../lib/offline.js";
import { Failure } from "../lib/parts.js";
import { SignedOut, me as askWhoIAm, resume, subject } from "../lib/session.js";
import { html, render, useEffect, useState } from "../lib/view.js";
import { ENTRY_WORDS, Frame, SignIn } from "./entry.js";
import { forgetKept, forgetNames, keep, kept } from "./store.js";

/** How long the page waits for the API to say who is signed in, if the device knows who was. Milliseconds. */
const PATIENCE = 2500;

function App() {
  const words = useWords(ENTRY_WORDS);
  const [state, tell] = useState({ phase: "starting" });
  const [update, offer] = useState(null);
  useEffect(() => {
    start().then(tell, (error) => tell({ phase: "signedOut", error }));
    worksOffline("gate", "/gate", (takeOver) => offer(() => takeOver));
  }, []);
  if (state.phase === "starting") return html`<${Frame}><main><h1>${words.title}</h1><p role="status">${words.starting}</p></main><//>`;
  if (state.phase === "signedOut") {
    return html`<${Frame}>
      <main class="entry">
        <h1>${words.title}</h1>
        <p>${words.forStaff}</p>
        <${Failure} error=${state.error} />
        <${SignIn} />
      </main>
    <//>`;
  }
  return html`<${state.Gate} me=${state.me} update=${update} onSignedOut=${() => tell({ phase: "signedOut" })} />`;
}

/** Who works here now. Without network, or on a slow one, it is who was here before. */
async function start() {
  if (!(await resume())) return { phase: "signedOut" };
  const loading = import("./work.js");
  loading.catch(() => {}); // it is awaited below, if it is needed
  const before = await knownBefore();
  const asked = askWhoIAm().then(async (me) => {
    await keep("me", me);
    return { phase: "ready", me };
  });
  const late = new Promise((resolve) => {
    if (before) setTimeout(() => resolve({ phase: "ready", me: before }), PATIENCE);
  });
  try {
    return { ...(await Promise.race([asked, late])), Gate: (await loading).Gate };
  } catch (error) {
    if (error instanceof SignedOut) return { phase: "signedOut" };
    return before ? { phase: "ready", me: before, Gate: (await loading).Gate } : { phase: "signedOut", error };
  }
}

/** Who was here before, unless somebody else has signed in since, on another page: then nothing of theirs is shown. */
async function knownBefore() {
  const [before, now] = await Promise.all([kept("me"), subject()]);
  if (!before || !now || before.subject === now) return before;
  await forgetKept("me");
  await forgetNames();
  return undefined;
}

kept("light").then(
  (isLight) => {
    if (isLight) document.documentElement.dataset.theme = "light";
  },
  () => {},
);
document.getElementById("app").textContent = "";
render(html`<${App} />`, document.getElementById("app"));

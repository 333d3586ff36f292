/** The committee's first screen: five questions, and below them charts and bulletins. */
import { ask } from "../lib/api.js";
import { clockTime, dateOf, language, useWords } from "../lib/language.js";
import { Failure, Head, Loading } from "../lib/parts.js";
import { SignedOut, askAsStaff, me, resume, signIn, signOut } from "../lib/session.js";
import { html, render, useEffect, useState } from "../lib/view.js";
import { Bulletins } from "./bulletins.js";
import { Plots } from "./plots.js";
import { CasesOfToday, CommunesOfToday, EnteredToday, MessagesOfToday, SlowGate } from "./questions.js";
import { WORDS } from "./words.js";

const READERS = ["committee", "supervisor", "health"];
const AGAIN = 60000; // milliseconds

function Portal() {
  const words = useWords(WORDS);
  const [session, setSession] = useState({ state: "starting" });
  const start = async () => {
    try {
      if (!(await resume())) return setSession({ state: "out" });
      setSession({ state: "in", own: await me() });
    } catch (error) {
      setSession(error instanceof SignedOut ? { state: "out", ended: true } : { state: "out", error });
    }
  };
  useEffect(() => {
    start();
  }, []);
  useEffect(() => {
    document.title = words.name;
  }, [words]);
  const leave = async () => {
    await signOut();
    setSession({ state: "out" });
  };
  const { state, own, error, ended } = session;
  return html`<${Head} title=${words.name}>
      ${state === "in" && html`<p class="who">${own.name}</p><button type="button" class="sign-out" onClick=${leave}>${words.signOut}</button>`}
    <//>
    <main>
      <h1>${words.title}</h1>
      ${state === "starting" && html`<${Loading} />`}
      ${state === "out" &&
      html`<p>${ended ? words.ended : words.welcome}</p>
        <${Failure} error=${error} retry=${start} />
        <p><button type="button" class="primary" onClick=${signIn}>${words.signIn}</button></p>`}
      ${state === "in" &&
      (own.roles.some((role) => READERS.includes(role))
        ? html`<${Today} own=${own} ended=${() => setSession({ state: "out", ended: true })} />`
        : html`<p>${words.notAllowed} <a href="/figures">${words.figures}</a></p>`)}
    </main>`;
}

function Today({ own, ended }) {
  const words = useWords(WORDS);
  const [found, setFound] = useState(null);
  const [error, setError] = useState(null);
  const load = async () => {
    try {
      const [today, gates] = await Promise.all([askAsStaff("GET", "/v1/statistics/today"), ask("GET", "/v1/checkpoints")]);
      const named = new Map(gates.body.checkpoints.map((each) => [each.id, each]));
      setFound({ today: today.body, gates: named });
      setError(null);
    } catch (problem) {
      if (problem instanceof SignedOut) ended();
      else setError(problem);
    }
  };
  useEffect(() => {
    load();
    const timer = setInterval(() => document.visibilityState === "visible" && load(), AGAIN);
    return () => clearInterval(timer);
  }, []);
  const gateName = (id) => {
    const gate = found.gates.get(id);
    return gate ? (language() === "en" ? gate.name_en : gate.name) : id;
  };
  const shared = found && { today: found.today, gateName };
  return html`
    <${Failure} error=${error} retry=${load} />
    ${!found && !error && html`<${Loading} />`}
    ${found &&
    html`<p class="hint" role="status">
        ${dateOf(found.today.day)}. ${found.today.counted_to ? words.counted(clockTime(found.today.counted_to)) : words.nothing}
      </p>
      <div class="questions">
        <${EnteredToday} ...${shared} />
        <${SlowGate} ...${shared} />
        <${CommunesOfToday} ...${shared} />
        <${CasesOfToday} ...${shared} />
        <${MessagesOfToday} ...${shared} />
      </div>
      <${Plots} />
      ${own.roles.includes("committee") && html`<${Bulletins} own=${own} />`}`}
  `;
}

render(html`<${Portal} />`, document.getElementById("page"));

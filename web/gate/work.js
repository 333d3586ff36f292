/** What a guard does: scan, decide, the next. With network or without. */
import { clockTime, useWords } from "../lib/language.js";
import { SignedOut, signOut } from "../lib/session.js";
import { html, useCallback, useEffect, useRef, useState } from "../lib/view.js";
import { byDevice, check, hasNetwork, noteNetwork } from "./checking.js";
import { Frame, SignIn } from "./entry.js";
import { loadPlaces, nameOfPlace } from "./places.js";
import { sendKept, unsent } from "./recording.js";
import { allowSounds } from "./sounds.js";
import { forgetKept, forgetNames, keep, kept, lines, outcomes } from "./store.js";
import { synchronise, synchroniseTrust, synchroniseWaits } from "./syncing.js";
import { WORDS } from "./words.js";

/**
 * Milliseconds. It is tried again sooner while something waits, and while there is no answer: not every browser says that
 * the network is back.
 */
const EACH_MINUTE = 60000, SOONER = 10000;
/** How long a waiting time is shown. Milliseconds. */
const FRESH = 600000;
const RECORDERS = ["checkpoint", "supervisor"];
/** How far from the first screen each one is; the others are one step away. */
const LEVELS = { home: 0, verdict: 2, certificate: 2, board: 2, correct: 2 };

/** What is known, what waits; and the work that goes on beside the guard's. */
function useGate(me, canRecord) {
  const [known, setKnown] = useState({ synced: {}, waits: [], waiting: 0, outcomes: 0, changed: 0 });
  const [isSignedOut, setSignedOut] = useState(false);
  const [isPersistent, setPersistent] = useState(true);
  const refresh = useCallback(async () => {
    const [synced, held, answers, waits] = await Promise.all([kept("synced"), lines(), outcomes(), kept("waits")]);
    const refused = held.filter((each) => each.problem).length;
    setKnown((former) => ({
      synced: synced ?? {},
      waits: waits?.at > Date.now() - FRESH ? waits.checkpoints : [],
      waiting: held.length - refused,
      outcomes: answers.length + refused,
      isOnline: hasNetwork(),
      changed: former.changed + 1,
    }));
  }, []);
  const underWay = useRef({ at: 0 });
  const exchange = useCallback(() => {
    const once = async () => {
      try {
        if (!canRecord) return refresh();
        await sendKept(me.subject);
        await synchronise();
        await synchroniseTrust();
        await synchroniseWaits();
        noteNetwork();
        setSignedOut(false);
      } catch (error) {
        noteNetwork(error);
        if (error instanceof SignedOut) setSignedOut(true);
      }
      return refresh();
    };
    underWay.current.promise ??= once().finally(() => {
      underWay.current = { at: Date.now() };
    });
    return underWay.current.promise;
  }, [me.subject]);
  useEffect(() => {
    refresh()
      .then(exchange)
      .then(loadPlaces)
      .catch(() => {});
    navigator.storage?.persist?.().then(setPersistent, () => setPersistent(false));
    const seen = () => document.visibilityState === "visible" && exchange();
    const online = () => (noteNetwork(), exchange());
    const timer = setInterval(async () => {
      const isDue = !hasNetwork() || Date.now() - underWay.current.at >= EACH_MINUTE;
      if (isDue || (await unsent(me.subject)).length) exchange();
      else refresh(); // an answer may have come late
    }, SOONER);
    addEventListener("online", online);
    addEventListener("offline", refresh);
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      removeEventListener("online", online);
      removeEventListener("offline", refresh);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [exchange]);
  return { ...known, isSignedOut, isPersistent, exchange, refresh };
}

/**
 * The screens, one at a time. The browser's back button leads to the one before: the history has an entry for each level,
 * and nothing else.
 */
function useScreens() {
  const [screen, show] = useState({ name: "home" });
  const now = useRef({ screen, level: 0, ignored: 0 }).current;
  now.screen = screen;
  const move = (levels) => {
    now.ignored++;
    history.go(levels);
  };
  useEffect(() => {
    // A page that is loaded again begins at home.
    const before = history.state?.level ?? 0;
    if (before) move(-before);
    const back = (event) => {
      const level = event.state?.level ?? 0;
      if (now.ignored) return void now.ignored--;
      if (level > now.level) return move(now.level - level); // forward: what was there is decided
      now.level = level;
      const parent = level ? (now.screen.from ?? "scan") : "home";
      if (level && parent === "home") move(-level), (now.level = 0);
      show({ name: parent });
    };
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  const go = useCallback((name, more = {}) => {
    const level = LEVELS[name] ?? 1;
    for (let each = now.level + 1; each <= level; each++) history.pushState({ level: each }, "");
    if (level < now.level) move(level - now.level);
    now.level = level;
    show({ name, ...more });
  }, []);
  return [screen, go];
}

export function Gate({ me, update, onSignedOut }) {
  const words = useWords(WORDS);
  const canRecord = me.roles.some((each) => RECORDERS.includes(each));
  const work = useGate(me, canRecord);
  const [screen, go] = useScreens();
  const [direction, setDirection] = useState("in");
  const [seen, setSeen] = useState(null);
  const [certificates, setCertificates] = useState([]);
  const [done, setDone] = useState(null);
  const [isChecking, setChecking] = useState(false);
  const camera = useModule(() => import("../lib/camera.js"), ["scan", "verdict", "certificate"].includes(screen.name));
  const answers = useModule(() => import("./verdict.js"), screen.name !== "home");
  const lists = useModule(() => import("./lists.js"), ["type", "search", "visitors", "waiting"].includes(screen.name));
  const bus = useModule(() => import("./bus.js"), screen.name === "bus");
  const queue = useModule(() => import("./queue.js"), ["queue", "board"].includes(screen.name));
  const corrections = useModule(() => import("./corrections.js"), ["last", "correct"].includes(screen.name));
  const declaring = useModule(() => import("./declare.js"), screen.name === "declare");
  const turn = useRef(0);

  useEffect(() => {
    // Who went back does not wait for an answer any more.
    if (screen.name !== "home") return;
    turn.current++;
    setChecking(false);
  }, [screen.name]);

  const { synced } = work;
  const checkpoint = synced.checkpoint ?? (synced.at ? null : (me.checkpoint ?? null));
  const nameOf = (id) => synced.checkpoints?.find((each) => each.id === id)?.name ?? id;
  const gate = { me, direction, checkpoint, policy: synced.policy, place: nameOfPlace, nameOf };
  const wait = work.waits.find((each) => each.checkpoint === checkpoint);

  const look = async (text, from) => {
    const mine = ++turn.current;
    setChecking(true);
    setDone(null);
    // What the API says after the device has answered counts, as long as nothing is decided.
    const late = (answer) => mine === turn.current && setSeen(answer);
    const unsure = () => ({ source: "device", text, read_as: "other", verdict: "unknown_key" });
    const answer = await check(text, { late }).catch(() => byDevice(text).catch(unsure));
    if (mine !== turn.current) return;
    setChecking(false);
    setCertificates([]);
    setSeen(answer);
    go("verdict", { from });
  };
  const lookAtCertificate = async (text) => {
    if (!/^HC\d+:/i.test(text)) return;
    const answer = await check(text, { code: seen.code });
    if (!certificates.some((each) => each.text === text)) setCertificates([...certificates, answer].slice(0, 3));
    if (answer.findings) setSeen({ ...seen, findings: answer.findings, papers_required: answer.papers_required });
    go("verdict", { from: screen.from });
  };
  const recorded = (what) => {
    turn.current++;
    setDone(what);
    work.refresh();
    next();
  };
  const next = () => {
    turn.current++;
    go(screen.from === "type" ? "type" : "scan");
  };
  const correct = (crossed, from) => go("correct", { crossed, from });
  const correctDone = done?.crossed?.direction === "in" ? () => correct(done.crossed, screen.name) : null;
  const leave = async () => {
    if (work.waiting && !confirm(words.signOutWaiting(work.waiting))) return;
    await signOut();
    // What is not sent stays. What the device knows of passes goes.
    await forgetKept("me", "synced", "trusted");
    await forgetNames();
    onSignedOut();
  };

  const isScanning = screen.name === "scan" || screen.name === "certificate";
  const lens = camera && ["scan", "verdict", "certificate"].includes(screen.name) && (screen.from ?? "scan") === "scan";
  const list = lists && { type: lists.TypeCode, search: lists.Search, visitors: lists.Visitors, waiting: lists.Waiting }[screen.name];
  return html`<div class="screens">
    ${screen.name === "home" &&
    html`<${Home} me=${me} work=${work} wait=${wait} gate=${gate} done=${done} onCorrect=${correctDone} update=${update} canRecord=${canRecord} direction=${direction} setDirection=${setDirection} go=${go} onSignOut=${leave} />`}
    ${isScanning &&
    html`<nav class="scan-head" aria-label=${words.direction}>
      <button type="button" class="back" onClick=${() => (screen.name === "scan" ? go("home") : go("verdict", { from: screen.from }))}>${words.back}</button>
      ${screen.name === "scan" && html`<${Direction} value=${direction} onChange=${setDirection} />`}
    </nav>`}
    ${(lens || screen.name === "certificate") &&
    html`<main class="scan" hidden=${!isScanning}>
      <h1 class="unseen">${words.aim}</h1>
      <${camera?.Camera} paused=${!isScanning || isChecking} onText=${(text) => (screen.name === "certificate" ? lookAtCertificate(text) : look(text, "scan"))} />
    </main>`}
    ${isScanning && !camera && html`<main class="scan"><p class="aim" role="status">${words.cameraStarting}</p></main>`}
    ${screen.name === "scan" &&
    html`<footer class="scan-foot">
      <${Done} done=${done} onCorrect=${correctDone} />
      ${isChecking && html`<p class="checking" role="status">${words.checking}</p>`}
      <div class="two">
        <button type="button" onClick=${() => go("type")}>${words.typeCode}</button>
        <button type="button" onClick=${() => go("search")}>${words.search}</button>
      </div>
      <${Network} work=${work} />
    </footer>`}
    ${(screen.name === "verdict" || screen.name === "certificate") &&
    seen &&
    answers &&
    html`<${answers.Verdict}
      seen=${seen}
      gate=${canRecord ? gate : { ...gate, checkpoint: null }}
      certificates=${certificates}
      hidden=${screen.name === "certificate"}
      onRecorded=${recorded}
      onNext=${next}
      onScanCertificate=${() => go("certificate", { from: screen.from })}
      onCheck=${(text) => look(text, screen.from)}
      onBus=${(code) => go("bus", { code })}
      onDeclare=${canRecord ? (card) => go("declare", { card }) : undefined}
      onCorrect=${(crossed) => correct(crossed, screen.from ?? "scan")}
    />`}
    ${screen.name === "queue" && queue && html`<${Frame}><//><${queue.Queue} wait=${wait} ahead=${synced.ahead ?? 0} onCheck=${(text) => look(text, "queue")} onBack=${() => go("home")} onBoard=${() => go("board", { from: "queue" })} />`}
    ${screen.name === "board" && queue && html`<${queue.Board} name=${nameOf(checkpoint)} ahead=${synced.ahead ?? 0} onBack=${() => go("queue")} />`}
    ${screen.name === "last" && corrections && html`<${Frame}><//><${corrections.Last} me=${me} changed=${work.changed} onCorrect=${(crossed) => correct(crossed, "last")} onCheck=${(text) => look(text, "last")} onBack=${() => go("home")} />`}
    ${screen.name === "correct" &&
    corrections &&
    html`<${Frame}><//><${corrections.Correct}
      crossed=${screen.crossed}
      me=${me}
      onBack=${() => go(screen.from)}
      onRecorded=${(what) => (setDone(what), what.state === "kept" ? work.exchange() : work.refresh(), go(screen.from))}
    />`}
    ${screen.name === "bus" &&
    bus &&
    html`<${Frame}><//><${bus.Bus}
      gate=${gate}
      code=${screen.code}
      onBack=${() => go("home")}
      onRecorded=${(what) => (setDone(what), work.refresh(), go("home"))}
      onCheck=${(text) => look(text, "bus")}
    />`}
    ${list &&
    html`<${Frame}><//>${screen.name === "type" && html`<${Done} done=${done} onCorrect=${correctDone} />`}<${list}
      gate=${gate}
      me=${me}
      code=${screen.code}
      changed=${work.changed}
      isPersistent=${work.isPersistent}
      onSend=${work.exchange}
      onSeen=${work.refresh}
      onBack=${() => go("home")}
      onRecorded=${(what) => (setDone(what), work.refresh(), go("home"))}
      onCheck=${(text) => look(text, screen.name)}
    />`}
    ${screen.name === "declare" &&
    declaring &&
    html`<${Frame}><//><${declaring.Declare}
      gate=${gate}
      card=${screen.card}
      onBack=${() => go("home")}
      onCheck=${(code) => look(code, "home")}
      onFamily=${(code) => go("bus", { code })}
      onRecorded=${(what) => (setDone({ ...what, decision: "declare" }), work.refresh(), go("home"))}
    />`}
    ${work.isSignedOut && html`<div class="signed-out" role="alert"><p>${words.signInAgain}</p><${SignIn} /></div>`}
  </div>`;
}

/** A module that is loaded when it is first needed; null until then. */
function useModule(load, isNeeded) {
  const [loaded, setLoaded] = useState(null);
  useEffect(() => {
    if (isNeeded && !loaded) load().then((module) => setLoaded(module));
  }, [isNeeded]);
  return loaded;
}

function Home({ me, work, wait, gate, done, onCorrect, update, canRecord, direction, setDirection, go, onSignOut }) {
  const words = useWords(WORDS);
  const { synced } = work;
  const here = synced.checkpoints?.find((each) => each.id === gate.checkpoint);
  const minutes = Math.round((synced.ahead ?? 0) / 60000);
  const start = () => {
    allowSounds();
    // Loaded while the camera opens.
    import("../lib/readers.js").then((module) => module.reader()).catch(() => {});
    go("scan");
  };
  return html`<${Frame}>
    <main class="home">
      ${update && html`<p class="notice update">${words.update} <button type="button" onClick=${update}>${words.takeUpdate}</button></p>`}
      <p class="quiet who">${words.signedInAs(me.name ?? me.subject.slice(0, 8))}</p>
      ${!canRecord
        ? html`<p class="notice">${words.notGuard}</p>`
        : gate.checkpoint
          ? html`<h1 class="gate-name">${here?.name ?? gate.checkpoint}</h1>
              ${here && html`<p class="quiet">${here.road}${wait?.minutes !== undefined && html`<br /><strong>${words.wait(wait.minutes)}</strong>`}</p>`}
              ${here && !here.open && html`<p class="notice">${words.closed}</p>`}`
          : html`<h1>${words.notPosted}</h1><p>${words.notPostedHow}<br /><code>${me.subject}</code></p>`}
      ${Math.abs(minutes) >= 1 && html`<p class="failure" role="alert">${words.clockWrong(Math.abs(minutes))}</p>`}
      <${Direction} value=${direction} onChange=${setDirection} />
      <button type="button" class="primary wide huge" onClick=${start}>${words.start}</button>
      <${Done} done=${done} onCorrect=${onCorrect} />
      <div class="two">
        <button type="button" onClick=${() => (allowSounds(), go("type"))}>${words.typeCode}</button>
        <button type="button" onClick=${() => (allowSounds(), go("search"))}>${words.search}</button>
        <button type="button" onClick=${() => go("bus")}>${words.bus}</button>
        ${canRecord &&
        html`<button type="button" onClick=${() => go("declare")}>${words.declare}</button>
          <button type="button" onClick=${() => go("queue")}>${words.queue}</button>`}
        <button type="button" onClick=${() => go("visitors")}>${words.visitors}</button>
        ${canRecord && html`<button type="button" onClick=${() => go("last")}>${words.last}</button>`}
        <button type="button" class="waits" onClick=${() => go("waiting")}>
          ${work.waiting ? words.waiting(work.waiting) : words.nothingWaits}${work.outcomes > 0 && html`<br /><strong>${words.toLookAt(work.outcomes)}</strong>`}
        </button>
      </div>
      <${Network} work=${work} />
      <p class="last"><button type="button" class="plain" onClick=${onSignOut}>${words.signOut}</button><${Theme} /></p>
    </main>
  <//>`;
}

function Direction({ value, onChange }) {
  const words = useWords(WORDS);
  return html`<div class="direction" role="group" aria-label=${words.direction}>
    ${["in", "out"].map((each) => html`<button type="button" aria-pressed=${value === each} onClick=${() => onChange(each)}>${words[each]}</button>`)}
  </div>`;
}

/** The last decision: it stays until the next scan. */
function Done({ done, onCorrect }) {
  const words = useWords(WORDS);
  const text = done && words.afterwards(done.decision === "out" ? words.letOut : words[done.decision], done.name);
  return html`<div class=${done ? `done done-${done.state}` : "done"}>
    <p role="status">${done && html`<strong>${done.state !== "recorded" ? words.recordedHere : done.isCorrection ? words.corrected : words.recorded}</strong><br />${text}`}</p>
    ${done && onCorrect && html`<button type="button" onClick=${onCorrect}>${words.correct}</button>`}
  </div>`;
}

function Network({ work }) {
  const words = useWords(WORDS);
  const { synced, isOnline } = work;
  return html`<p class=${isOnline ? "network" : "network lost"}>
    ${isOnline ? words.online : words.offline} · ${synced.at ? words.syncedAt(clockTime(synced.at)) : words.neverSynced}
    ${work.waiting > 0 && html` · ${words.waiting(work.waiting)}`}
  </p>`;
}

/** Dark unless the guard wants it light, as by day. */
function Theme() {
  const words = useWords(WORDS);
  const [isLight, setLight] = useState(document.documentElement.dataset.theme === "light");
  const toggle = () => {
    setLight(!isLight);
    document.documentElement.dataset.theme = isLight ? "dark" : "light";
    keep("light", !isLight);
  };
  return html`<button type="button" class="plain" onClick=${toggle}>${isLight ? words.dark : words.light}</button>`;
}

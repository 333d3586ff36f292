/** Records decisions. Each is on this device's disk before it counts; then it is sent, at once or later. */
import { Problem } from "../lib/api.js";
import { SignedOut, askAsStaff } from "../lib/session.js";
import { hasNetwork, noteNetwork } from "./checking.js";
import { device, dropOld, keepLine, lines, markRefused, sent, takeBack } from "./store.js";

/** How long staff wait for the API after a decision. Milliseconds. */
const PATIENCE = 4000;
/** Lines of one request. The API takes 60 certificates, and a line has three at most. */
const MOST = { crossing: 20, declaration: 10 };

const ROUTES = {
  crossing: "/v1/checkpoint/crossings",
  permit: "/v1/checkpoint/permit-crossings",
  declaration: "/v1/checkpoint/declarations",
};

/** Numbers of lines whose answer is awaited. */
const underWay = new Set();

/**
 * @param {{kind: "crossing" | "permit", form: object, by: string, name: string}} decision
 * @param {{key: string, decision: string}[]} crossed
 * @returns {Promise<{state: "recorded" | "kept" | "refused", problem?: Problem, signedOut?: boolean}>} `kept`: it is on
 *   this device and will be sent. `refused`: nothing is recorded.
 * @throws {import("./store.js").AlreadyCrossed}
 */
export async function record(decision, crossed) {
  const number = await keepLine({ ...decision, at: Date.now() }, crossed);
  if (!hasNetwork()) return { state: "kept" };
  underWay.add(number);
  let isLate = false;
  const answered = askAsStaff("POST", ROUTES[decision.kind], { body: decision.form })
    .then(
      async () => {
        noteNetwork();
        await sent(number);
        return { state: "recorded" };
      },
      async (error) => {
        noteNetwork(error);
        // Staff who were shown that it is recorded have let the person go: from then on it happened, and is sent as such.
        const isRefused = error instanceof Problem && !error.isPassing && !isLate;
        if (isRefused) await takeBack(number, crossed);
        return isRefused ? { state: "refused", problem: error } : { state: "kept", signedOut: error instanceof SignedOut };
      },
    )
    .finally(() => underWay.delete(number));
  const late = new Promise((resolve) => {
    setTimeout(() => {
      isLate = true;
      resolve({ state: "kept" });
    }, PATIENCE);
  });
  return Promise.race([answered, late]);
}

/** Keep a form that was taken without network. It is sent with the others. */
export async function keepDeclaration(declaration) {
  return keepLine({ ...declaration, kind: "declaration", at: Date.now() }, []);
}

let sending = null;

/** Send what the signed-in member of staff has recorded and is still here. One at a time. */
export function sendKept(subject) {
  sending ??= send(subject).finally(() => {
    sending = null;
  });
  return sending;
}

async function send(subject) {
  await dropOld();
  const own = (await lines()).filter((each) => each.by === subject && !each.problem && !underWay.has(each.number));
  const of = (kind) => own.filter((each) => each.kind === kind);
  for (const each of of("permit")) await sendPermit(each);
  for (const kind of ["declaration", "crossing"]) {
    const kind_lines = of(kind);
    for (let at = 0; at < kind_lines.length; at += MOST[kind]) await sendBatch(kind, kind_lines.slice(at, at + MOST[kind]));
  }
}

async function sendBatch(kind, batch) {
  const name = kind === "crossing" ? "crossings" : "declarations";
  const body = { device: await device(), sent_at: new Date().toISOString(), [name]: batch.map(lineOf[kind]) };
  const { body: answer } = await asked(`${ROUTES[kind]}/batch`, body);
  for (const [place, { outcome, problem, conflict, declared, crossings = [] }] of answer.lines.entries()) {
    const line = batch[place];
    if (outcome === "refused") {
      // 500 and more: the database did not answer, and the line is sent again.
      if (problem.status < 500) await markRefused(line.number, { title: problem.title, detail: problem.detail });
      continue;
    }
    const found = conflict ?? crossings.find((each) => each.conflict)?.conflict;
    // Who declared on paper can be given the code now.
    const said = declared && { code: declared.passes[0].code, paper: declarationId(line.number) };
    const about = { kind: found?.kind ?? "declared", code: line.form.code, name: line.name, at: line.at, ...said };
    await sent(line.number, found || said ? about : undefined);
  }
}

const lineOf = {
  crossing: ({ number, at, form }) => ({ ...form, ...named(number, "recorded_at", at) }),
  declaration: ({ number, at, form, policy, findings, decisions }) => ({
    form,
    policy_version: policy,
    findings,
    crossings: decisions,
    ...named(number, "taken_at", at),
    id: declarationId(number),
  }),
};

/** The number that a traveller gets on paper for a form that has no code yet. */
export function declarationId(number) {
  return `T-${String(number).padStart(4, "0")}`;
}

function named(number, member, at) {
  return { id: String(number).padStart(4, "0"), [member]: new Date(at).toISOString() };
}

async function sendPermit({ number, at, form }) {
  try {
    await asked(ROUTES.permit, { ...form, crossed_at: new Date(at).toISOString() });
    await sent(number);
  } catch (error) {
    if (!(error instanceof Problem) || error.isPassing) throw error;
    await markRefused(number, { title: error.title, detail: error.detail });
  }
}

async function asked(path, body) {
  try {
    const answer = await askAsStaff("POST", path, { body });
    noteNetwork();
    return answer;
  } catch (error) {
    noteNetwork(error);
    throw error;
  }
}

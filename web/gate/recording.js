/** Records what staff decide. It is on this device's disk before it counts; then it is sent, at once or later. */
import { Problem } from "../lib/api.js";
import { SignedOut, askAsStaff } from "../lib/session.js";
import { hasNetwork, noteNetwork } from "./checking.js";
import { device, dropOld, keepLines, lines, markRefused, outcomes, rememberCrossed, sent, takeBack } from "./store.js";
import { noteArrival } from "./syncing.js";

/** How long staff wait for the API after a decision. Milliseconds. */
const PATIENCE = 4000;
/** Lines of one request. The API takes 60 certificates, and a line has three at most. */
const MOST = { arrival: 100, declaration: 10, crossing: 20 };

const ROUTES = {
  arrival: "/v1/checkpoint/arrivals",
  permit: "/v1/checkpoint/permit-crossings",
  declaration: "/v1/checkpoint/declarations",
  crossing: "/v1/checkpoint/crossings",
  correction: "/v1/checkpoint/corrections",
  permitCorrection: "/v1/checkpoint/permit-corrections",
};
/** Their lines are sent one by one, as they were recorded. */
const ALONE = ["permit", "correction", "permitCorrection"];

/** Numbers of lines whose answer is awaited. */
const underWay = new Set();

/**
 * @param {{kind: string, form: object, by: string, name: string}} decision A `kind` of `ROUTES`, but a declaration.
 * @param {{key: string, decision: string, before?: string}[]} crossed
 * @returns {Promise<{state: "recorded" | "kept" | "refused", problem?: Problem, signedOut?: boolean}>} `kept`: it is on
 *   this device and will be sent. `refused`: nothing is recorded.
 * @throws {import("./store.js").AlreadyCrossed}
 */
export async function record(decision, crossed) {
  // The same line has the same key, whenever it is sent.
  const line = { ...decision, key: crypto.randomUUID(), crossed: crossed[0]?.key, at: Date.now() };
  return recorded([line], crossed, () => (line.kind === "arrival" ? arrives(line.form) : sendAlone(line)));
}

/**
 * Record everyone in a vehicle: a line for each. What `record` returns and throws holds for all of them.
 *
 * @param {object[]} decisions Of kind `crossing`.
 * @param {object} group The same, as the API takes it of a vehicle.
 */
export async function recordGroup(decisions, crossed, group) {
  const at = Date.now();
  const added = decisions.map((each) => ({ ...each, at }));
  return recorded(added, crossed, () => asked(`${ROUTES.crossing}/group`, group));
}

async function recorded(added, crossed, send) {
  const numbers = await keepLines(added, crossed);
  if (added[0].kind === "arrival") await noteArrival(added[0].form.code, added[0].at);
  if (!hasNetwork() || (await isBehind({ ...added[0], number: numbers[0] }))) return { state: "kept" };
  for (const each of numbers) underWay.add(each);
  let isLate = false;
  const answered = send()
    .then(
      async () => {
        await sent(numbers);
        return { state: "recorded" };
      },
      async (error) => {
        // Staff who were shown that it is recorded have let the person go: from then on it happened, and is sent as such.
        const isRefused = error instanceof Problem && !error.isPassing && !isLate;
        if (isRefused) await takeBack(numbers, crossed);
        return isRefused ? { state: "refused", problem: error } : { state: "kept", signedOut: error instanceof SignedOut };
      },
    )
    .finally(() => numbers.forEach((each) => underWay.delete(each)));
  const late = new Promise((resolve) => {
    setTimeout(() => {
      isLate = true;
      resolve({ state: "kept" });
    }, PATIENCE);
  });
  return Promise.race([answered, late]);
}

/** Whether it corrects what is not sent yet. */
async function isBehind({ number, before, form }) {
  const isFirst = (each) => each.number < number && each.form.code === form.code && each.kind !== "arrival" && !each.problem;
  return before !== undefined && (await lines()).some(isFirst);
}

/** Keep a form that was taken without network. It is sent with the others. */
export async function keepDeclaration(declaration) {
  const [number] = await keepLines([{ ...declaration, kind: "declaration", at: Date.now() }], []);
  return number;
}

/** What a member of staff has recorded on this device, and is to be sent. */
export async function unsent(subject) {
  return (await lines()).filter((each) => each.by === subject && !each.problem && !underWay.has(each.number));
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
  const own = await unsent(subject);
  // In this order: an arrival before its crossing, so that the pass counts as valid; a crossing before its correction.
  for (const kind of Object.keys(ROUTES)) {
    const waiting = own.filter((each) => each.kind === kind);
    if (ALONE.includes(kind)) for (const each of waiting) await sendKeptAlone(each);
    else for (let at = 0; at < waiting.length; at += MOST[kind]) await sendBatch[kind](waiting.slice(at, at + MOST[kind]));
  }
}

const sendBatch = {
  async arrival(batch) {
    for (const checkpoint of new Set(batch.map((each) => each.form.checkpoint))) {
      const here = batch.filter((each) => each.form.checkpoint === checkpoint);
      const arrivals = here.map(({ at, form }) => ({ code: form.code, recorded_at: new Date(at).toISOString() }));
      const { body: answer } = await asked(ROUTES.arrival, { checkpoint, arrivals, ...(await fromHere()) });
      for (const [place, each] of answer.lines.entries()) await settle(here[place], each);
    }
  },
  crossing: (batch) => sendLines("crossing", "crossings", batch),
  declaration: (batch) => sendLines("declaration", "declarations", batch),
};

async function sendLines(kind, name, batch) {
  const { body: answer } = await asked(`${ROUTES[kind]}/batch`, { ...(await fromHere()), [name]: batch.map(lineOf[kind]) });
  for (const [place, each] of answer.lines.entries()) {
    const line = batch[place];
    const { conflict, declared, crossings = [] } = each;
    const found = conflict ?? crossings.find((one) => one.conflict)?.conflict;
    // People who declared without network can be given their codes now.
    const passes = declared && { code: declared.passes[0].code, codes: declared.passes.map((one) => one.code), paper: declarationId(line.number) };
    const about = { kind: found?.kind ?? "declared", code: line.form.code, name: line.name, vehicle: line.vehicle, at: line.at, ...passes };
    await settle(line, each, found || passes ? about : undefined);
  }
}

/** A line has its answer. */
async function settle(line, { outcome, problem }, about) {
  if (outcome !== "refused") return sent(line.number, about);
  // 500 and more: the database did not answer, and the line is sent again.
  if (problem.status < 500) await markRefused(line.number, { title: problem.title, detail: problem.detail });
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

async function fromHere() {
  return { device: await device(), sent_at: new Date().toISOString() };
}

/** One person in the queue. Raises the problem of their line. */
async function arrives({ checkpoint, code }) {
  const { body } = await asked(ROUTES.arrival, { checkpoint, arrivals: [{ code }] });
  const [{ problem }] = body.lines;
  if (problem) throw new Problem(problem.status, problem);
}

async function sendAlone({ kind, form, key, crossed }, more) {
  const headers = kind === "permit" && key ? { "Idempotency-Key": key } : {};
  const { body } = await asked(ROUTES[kind], { ...form, ...more }, headers);
  // A correction names the crossing by this time.
  if (kind === "permit" && crossed) await rememberCrossed(crossed, { crossedAt: body.crossed_at });
}

async function sendKeptAlone(line) {
  if (await isBehind(line)) return undefined;
  const isConflict = (each) => each.kind === "decided_otherwise" && each.code === line.form.code;
  // The crossing on record is somebody else's: a supervisor decides which one counts.
  if (line.kind === "correction" && (await outcomes()).some(isConflict)) return refuse(line, { code: "conflict" });
  try {
    const more = line.kind === "permit" ? { crossed_at: new Date(line.at).toISOString() } : {};
    await sendAlone(line, more);
    await sent(line.number);
  } catch (error) {
    if (!(error instanceof Problem) || error.isPassing) throw error;
    await refuse(line, { title: error.title, detail: error.detail });
  }
}

/** Keep the line, with the reason. The decision that it corrected counts again. */
async function refuse({ number, crossed, before }, problem) {
  await markRefused(number, problem);
  if (before) await takeBack([], [{ key: crossed, before }]);
}

async function asked(path, body, headers = {}) {
  try {
    const answer = await askAsStaff("POST", path, { body, headers });
    noteNetwork();
    return answer;
  } catch (error) {
    noteNetwork(error);
    throw error;
  }
}

/**
 * What the page keeps on the device, in IndexedDB: the answer of the last sync, and what was recorded and not sent yet.
 *
 * A later release may add stores and members, and must not change these: the release before it reads them, too.
 */
import { openDB } from "../vendor/idb.mjs";

const DATABASE = "gate";
/** By its name: `me`, `device`, `synced`, `trusted`, `places`, `waits`, `light`. */
const KEPT = "kept";
/** What was recorded and is not sent. The number is the order; the device never uses one again. */
const LINES = "lines";
/** What was decided on this device, by `keyOf`: for a day. The name is masked, and goes when the guard signs out. */
const CROSSED = "crossed";
/** The server's answers to lines that it did not simply record. */
const OUTCOMES = "outcomes";

/** Written through to the disk before it counts as written: a battery may die in the next moment. */
const STRICT = { durability: "strict" };
/** A pass holds 12 hours at most from its holder's arrival. Milliseconds. */
const REMEMBERED = 24 * 3600000;

/** This device has recorded a decision about this pass. */
export class AlreadyCrossed extends Error {
  constructor(crossed) {
    super("already recorded on this device");
    this.crossed = crossed;
  }
}

let opened;

function database() {
  opened ??= openDB(DATABASE, 1, {
    upgrade(made) {
      made.createObjectStore(KEPT);
      made.createObjectStore(LINES, { keyPath: "number", autoIncrement: true });
      made.createObjectStore(CROSSED);
      made.createObjectStore(OUTCOMES, { keyPath: "number", autoIncrement: true });
    },
    // Another tab has a newer release.
    blocking: (_, __, event) => event.target.close(),
    terminated: () => {
      opened = undefined;
    },
  });
  return opened;
}

export async function kept(name) {
  return (await database()).get(KEPT, name);
}

export async function keep(name, value) {
  await (await database()).put(KEPT, value, name);
}

export async function forgetKept(...names) {
  const written = (await database()).transaction(KEPT, "readwrite");
  await Promise.all([...names.map((name) => written.store.delete(name)), written.done]);
}

/** This device's own id: it is made once. */
export async function device() {
  const written = (await database()).transaction(KEPT, "readwrite", STRICT);
  const id = (await written.store.get("device")) ?? `gate-${crypto.randomUUID()}`;
  await written.store.put(id, "device");
  await written.done;
  return id;
}

/** The key of what may be recorded once: a pass in one direction. */
export function keyOf(code, direction = "in") {
  return `${code}#${direction}`;
}

/**
 * Keep lines, all of them or none. When this returns, they are on the disk.
 *
 * @param {{kind: string, form: object, by: string, at: number}[]} added
 * @param {{key: string, decision: string, before?: string}[]} crossed What may be recorded once, and is by these lines.
 *   With `before`, the decision that held until now: it is corrected.
 * @returns {Promise<number[]>} The numbers of the lines.
 * @throws {AlreadyCrossed} Nothing was kept.
 */
export async function keepLines(added, crossed) {
  const written = (await database()).transaction([LINES, CROSSED], "readwrite", STRICT);
  const [lines, passes] = [written.objectStore(LINES), written.objectStore(CROSSED)];
  for (const { before, ...each } of crossed) {
    const former = await passes.get(each.key);
    if (former && !before) {
      written.abort();
      await written.done.catch(() => {});
      throw new AlreadyCrossed(former);
    }
    await passes.put({ at: added[0].at, ...former, ...each }, each.key);
  }
  const numbers = [];
  for (const each of added) numbers.push(await lines.add(each));
  await written.done;
  return numbers;
}

/** Remember more about what was decided: a crossing by permit is named by the server's time. */
export async function rememberCrossed(key, more) {
  const written = (await database()).transaction(CROSSED, "readwrite");
  const former = await written.store.get(key);
  if (former) await written.store.put({ ...former, ...more }, key);
  await written.done;
}

/** What a guard decided on this device, the last first. */
export async function lastCrossed(by) {
  const all = await (await database()).getAll(CROSSED);
  return all.filter((each) => each.by === by && each.code).sort((one, other) => other.at - one.at);
}

/** A guard who signs in later does not see the persons that others have let pass. */
export async function forgetNames() {
  const written = (await database()).transaction(CROSSED, "readwrite");
  for (let row = await written.store.openCursor(); row; row = await row.continue()) {
    const { name, ...others } = row.value;
    if (name) await row.update(others);
  }
  await written.done;
}

/** The lines that wait, in the order in which they were recorded. */
export async function lines() {
  return (await database()).getAll(LINES);
}

/** The server has these lines. `outcome` is to be shown to staff. */
export async function sent(numbers, outcome) {
  const written = (await database()).transaction([LINES, OUTCOMES], "readwrite", STRICT);
  for (const each of [numbers].flat()) written.objectStore(LINES).delete(each);
  if (outcome) written.objectStore(OUTCOMES).put(outcome);
  await written.done;
}

/** The server refused lines, while staff were waiting for its answer: nothing was decided, or corrected. */
export async function takeBack(numbers, crossed) {
  const written = (await database()).transaction([LINES, CROSSED], "readwrite", STRICT);
  const passes = written.objectStore(CROSSED);
  for (const each of numbers) written.objectStore(LINES).delete(each);
  for (const { key, before } of crossed) {
    if (before) await passes.put({ ...(await passes.get(key)), decision: before }, key);
    else passes.delete(key);
  }
  await written.done;
}

/** The server refused a line that was kept. It stays, with the reason, until staff have seen it. */
export async function markRefused(number, problem) {
  const written = (await database()).transaction(LINES, "readwrite", STRICT);
  const line = await written.store.get(number);
  if (line) await written.store.put({ ...line, problem });
  await written.done;
}

export async function outcomes() {
  return (await database()).getAll(OUTCOMES);
}

export async function dismissOutcome(number) {
  await (await database()).delete(OUTCOMES, number);
}

/** What this device decided about a pass; undefined if nothing. */
export async function crossedHere(code, direction) {
  return (await database()).get(CROSSED, keyOf(code, direction));
}

/** Forget what this device decided about passes that have ended by now. */
export async function dropOld() {
  const written = (await database()).transaction(CROSSED, "readwrite");
  for (let row = await written.store.openCursor(); row; row = await row.continue()) {
    if (row.value.at < Date.now() - REMEMBERED) await row.delete();
  }
  await written.done;
}

/**
 * The whole journey with the TypeScript client, on a running stack. Arguments: a JSON file with a `Stage`, and the file
 * in which the codes of the passes are left. Pictures are left in the working directory.
 */

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

import { createClient, type components, type ErrorCode, type Problem } from "tay-ninh-pass-client";

type Form = components["schemas"]["DeclarationForm"];

interface Stage {
  api: string;
  /** What was sent to phones, which only the local engine shows. */
  texts: string;
  /** Bearer tokens of staff. */
  guard: string;
  health_officer: string;
  partner_key: string;
  /** Five digits that make this journey's people differ from another's. */
  number: string;
}

interface Answer<T> {
  data?: T;
  error?: Problem;
  response: Response;
}

const [, , stageFile = "", resultFile = ""] = process.argv;
const stage = JSON.parse(readFileSync(stageFile, "utf8")) as Stage;
const plate = `70B-${stage.number.slice(0, 3)}.${stage.number.slice(3)}`;
const phone = `+849140${stage.number}`;

const english = { "Accept-Language": "en" };
const traveller = createClient(stage.api, { headers: english });
const guard = createClient(stage.api, { headers: { ...english, Authorization: `Bearer ${stage.guard}` } });
const officer = createClient(stage.api, { headers: { ...english, Authorization: `Bearer ${stage.health_officer}` } });
const partner = createClient(stage.api, { headers: { ...english, "X-Api-Key": stage.partner_key } });

function got<T>({ data, error, response }: Answer<T>): T {
  if (data === undefined) throw new Error(`${response.status} ${JSON.stringify(error)}`);
  return data;
}

function refused(answer: Answer<unknown>, status: number, code: ErrorCode): Problem {
  assert.equal(answer.response.status, status);
  assert.ok(answer.error !== undefined);
  assert.equal(answer.error.code, code);
  return answer.error;
}

/** What a form needs that is sent for the first time. */
function first() {
  return { header: { "Idempotency-Key": randomUUID() } };
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(200)) {
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  throw new Error("it did not come within a minute");
}

function form(changes: Partial<Form["traveller"]> = {}): Form {
  const health = {
    symptoms: [],
    contact_with_patient: false,
    contact_with_ill_person: false,
    contact_with_affected_area: false,
  };
  return {
    traveller: {
      full_name: "Nguyễn Văn Thử",
      birth_year: 1990,
      gender: "male",
      nationality: "VN",
      identity: { kind: "cccd", number: `0720900${stage.number}` },
      phone,
      health,
      ...changes,
    },
    companions: [{ full_name: "Nguyễn Thị Bé", birth_year: new Date().getFullYear() - 6, gender: "female", nationality: "VN", health }],
    trip: {
      origin: { unit: { list_version: "2021", code: "79" } },
      destination: { unit: { list_version: "2021", code: "25480" }, address: "Tổ 3" },
      transport: { kind: "bus", plate },
      purpose: "return_home",
      expected_arrival: new Date(Date.now() + 30 * 60_000).toISOString(),
      checkpoint: "an-hoa",
    },
    consent: { accepted: true, messages: true, text_version: "2026-12" },
  };
}

async function declare() {
  const body = form();
  const header = { "Idempotency-Key": randomUUID() };
  const issued = got(await traveller.POST("/v1/declarations", { params: { header }, body }));
  const again = got(await traveller.POST("/v1/declarations", { params: { header }, body }));
  assert.deepEqual(again, issued);
  const [own, companion] = issued.passes;
  assert.ok(own && companion);
  return { own, companion };
}

async function hold({ code, secret, token }: components["schemas"]["IssuedPass"]) {
  const params = { path: { code }, header: { "X-Pass-Secret": secret } };
  const opened = got(await traveller.POST("/v1/passes/{code}/open", { params }));
  assert.equal(opened.token, token);
  const png = got(await traveller.GET("/v1/passes/{code}/qr.png", { params, parseAs: "arrayBuffer" }));
  writeFileSync("pass.png", Buffer.from(png));
  const svg = got(await traveller.GET("/v1/passes/{code}/qr.svg", { params, parseAs: "text" }));
  writeFileSync("pass.svg", svg);
  const stranger = { ...params, header: { "X-Pass-Secret": "0000000000000" } };
  refused(await traveller.POST("/v1/passes/{code}/open", { params: stranger }), 403, "pass_secret_wrong");
  const picture = await traveller.GET("/v1/passes/{code}/qr.png", { params: stranger, parseAs: "arrayBuffer" });
  refused(picture, 403, "pass_secret_wrong");
}

async function cross({ code, token }: components["schemas"]["IssuedPass"]) {
  const checked = got(await guard.POST("/v1/checkpoint/checks", { body: { qr: token } }));
  assert.ok(checked.read_as === "token");
  // @ts-expect-error: the compiler knows all verdicts.
  assert.notEqual((checked.verdict satisfies "valid" | "used"), "forged");
  assert.equal(checked.verdict, "valid");
  assert.equal(checked.person?.full_name, "Nguyễn Văn Thử");

  const crossing = { code, checkpoint: "an-hoa", temperature: 36.6 };
  const body = { ...crossing, decision: "admit" } as const;
  assert.equal(got(await guard.POST("/v1/checkpoint/crossings", { body })).decision, "admit");
  const second = await guard.POST("/v1/checkpoint/crossings", {
    body: { ...crossing, decision: "refuse", reason: "second thoughts" },
  });
  const problem = refused(second, 409, "crossing_already_recorded");
  assert.equal(problem.crossing?.decision, "admit");
}

async function revoke({ code }: components["schemas"]["IssuedPass"]) {
  const first = got(await guard.GET("/v1/checkpoint/sync"));
  assert.ok(first.complete && first.keys?.length);
  got(await officer.POST("/v1/checkpoint/revocations", { body: { code, reason: "positive test" } }));
  assert.equal(got(await traveller.GET("/v1/passes/{code}", { params: { path: { code } } })).state, "revoked");
  const query = { since: first.cursor };
  const next = await guard.GET("/v1/checkpoint/sync", { params: { query } });
  const { complete, revocations } = got(next);
  assert.equal(complete, false);
  assert.ok(revocations.some((each) => each.code === code));
}

async function search(codes: string[]) {
  const body = { plate, limit: 1 };
  const first = await eventually(async () => {
    const page = got(await guard.POST("/v1/checkpoint/search", { body }));
    return page.cursor == null ? undefined : page;
  });
  assert.equal(first.complete, false);
  assert.ok(first.cursor != null);
  const rest = got(await guard.POST("/v1/checkpoint/search", { body: { plate, cursor: first.cursor } }));
  assert.equal(rest.complete, true);
  assert.deepEqual([...first.passes, ...rest.passes].map((each) => each.code).sort(), codes.sort());
  const query = { plate: "70B-000.00", cursor: first.cursor };
  refused(await guard.GET("/v1/checkpoint/search", { params: { query } }), 422, "invalid_input");
}

async function prove(): Promise<string> {
  const { id } = got(await traveller.POST("/v1/phone-verifications", { body: { phone } }));
  const one_time_code = await eventually(async () => {
    const sent = (await (await fetch(stage.texts)).json()) as { sms_messages: Record<string, { Message: string }[]> };
    return sent.sms_messages[phone]?.map((each) => /\b\d{6}\b/.exec(each.Message)?.[0]).find((code) => code !== undefined);
  });
  const params = { path: { id } };
  const wrong = { one_time_code: one_time_code === "000000" ? "000001" : "000000" };
  const problem = refused(
    await traveller.POST("/v1/phone-verifications/{id}/answer", { params, body: wrong }),
    422,
    "one_time_code_wrong",
  );
  assert.equal(problem.tries_left, 4);
  const proven = await traveller.POST("/v1/phone-verifications/{id}/answer", { params, body: { one_time_code } });
  const bearer = { Authorization: `Bearer ${got(proven).citizen_token}` };
  const issued = got(await traveller.POST("/v1/declarations", { params: first(), headers: bearer, body: form() }));
  const stranger = form({ phone: `+849141${stage.number}` });
  const refusal = refused(
    await traveller.POST("/v1/declarations", { params: first(), headers: bearer, body: stranger }),
    422,
    "invalid_input",
  );
  assert.deepEqual(refusal.errors?.map((each) => each.code), ["phone_of_another_token"]);
  return issued.passes[0]?.code ?? "";
}

async function declareAsPartner(): Promise<string> {
  const issued = got(await partner.POST("/v1/partner/declarations", { params: first(), body: form() }));
  assert.ok(got(await partner.GET("/v1/partner/webhook-deliveries")).deliveries);
  refused(await traveller.POST("/v1/partner/declarations", { params: first(), body: form() }), 403, "api_key_refused");
  return issued.passes[0]?.code ?? "";
}

async function makeMistakes() {
  const body = form({ phone: "12" });
  const problem = refused(await traveller.POST("/v1/declarations", { params: first(), body }), 422, "invalid_input");
  const [mistake] = problem.errors ?? [];
  assert.deepEqual([mistake?.pointer, mistake?.code], ["/traveller/phone", "phone_impossible"]);
  assert.match(mistake?.detail ?? "", /^Phone/);
}

const { own, companion } = await declare();
await hold(own);
await cross(own);
await revoke(companion);
await search([own.code, companion.code]);
const proven = await prove();
const declaredByPartner = await declareAsPartner();
await makeMistakes();
writeFileSync(
  resultFile,
  JSON.stringify({ token: own.token, crossed: own.code, revoked: companion.code, proven, partner: declaredByPartner }),
);

"""The contents page: every route, queue, stream and function there is. Nobody imports it.

Functions of streams and queues are registered here and not on blueprints: Lambda would import a blueprint's module
directly, past this page and its middleware (https://github.com/aws/chalice/issues/1566). Routes and workers name the
module that serves them, which is imported when it is first needed. The ARNs are placeholders: `infra/template.yaml`
puts in those of the stack's own stream and queues.
"""

import gc
import os
from functools import partial

# What is imported stays. The collector would look through all of it, again and again, while it is being made: a tenth
# of a cold start. The first invocation's end wakes it up (`log_invocation`).
gc.disable()

from chalicelib import pydantic_imports

pydantic_imports.speed_up()

from chalice.app import Rate

from chalicelib.handlers.workers import worker
from chalicelib.http.application import Application
from chalicelib.http.routes import add_function, mount

app = Application(app_name="tay-ninh-pass")

# One API, five functions: the public's is `app`. Each has the code of all routes, and the rights and settings for its
# own alone. The package's template sends each route to its function: `infra/packaging/functions.py`.
gate = add_function(app, "gate")
office = add_function(app, "office")
messaging = add_function(app, "messaging")
health = add_function(app, "health")
for_public = partial(mount, app)
for_gate = partial(mount, app, function="gate")
for_office = partial(mount, app, function="office")
for_messaging = partial(mount, app, function="messaging")
for_health = partial(mount, app, function="health")

for_public("entry.declarations", "POST /v1/declarations")
for_public("entry.declarations", "POST /v1/partner/declarations", api_key=True)
for_public(
    "partners.deliveries",
    "GET /v1/partner/webhook-deliveries",
    "POST /v1/partner/webhook-deliveries/{id}/replay",
    api_key=True,
)
for_public("partners.manifests", "POST /v1/partner/manifests", "GET /v1/partner/manifests/{id}", api_key=True)
for_public("partners.manifests", "POST /v1/manifest-seats/{id}/{number}")
for_public("entry.verifications", "POST /v1/phone-verifications", "POST /v1/phone-verifications/{id}/answer")
for_public(
    "entry.drafts",
    "POST /v1/drafts",
    "GET /v1/drafts",
    "GET /v1/drafts/{id}",
    "PUT /v1/drafts/{id}",
    "DELETE /v1/drafts/{id}",
    "POST /v1/drafts/{id}/confirmation",
)
for_public("gate.own_passes", "GET /v1/passes")
for_public("entry.passes", "GET /v1/passes/{code}", "POST /v1/passes/{code}/open")
for_public("entry.passes", "GET /v1/passes/{code}/qr.svg", "GET /v1/passes/{code}/qr.png")
for_public("entry.slips", "GET /v1/passes/{code}/slip.pdf", "POST /v1/passes/{code}/slip.pdf")
for_public("gate.own_arrivals", "POST /v1/passes/{code}/arrival")
for_public("entry.passes", "GET /v1/passes/{code}/personal-qr.svg", "GET /v1/passes/{code}/personal-qr.png")
for_public("entry.messages", "GET /v1/passes/{code}/messages")
for_public(
    "reference",
    "GET /v1/keys",
    "GET /v1/administrative-units",
    "GET /v1/checkpoints",
    "GET /v1/consent-text",
    "GET /v1/symptoms",
    "GET /v1/health",
)
for_public("gate.waiting_times", "GET /v1/checkpoints/waiting-times")
for_public(
    "statistics.public",
    "GET /v1/public/statistics",
    "GET /v1/public/statistics.csv",
    "GET /v1/public/statistics/{family}/plot.svg",
    "GET /v1/public/bulletins",
    "GET /v1/public/bulletins/{day}/{number}",
)
for_public("docs", "GET /v1/openapi.json", "GET /docs", "GET /docs/{file}")
for_public("error_pages", "GET /docs/errors")

for_gate("entry.declarations", "POST /v1/checkpoint/declarations")
for_gate("entry.slips", "GET /v1/checkpoint/passes/{code}/slip.pdf")
for_gate("gate.offline_declarations", "POST /v1/checkpoint/declarations/batch")
for_gate("entry.messages", "GET /v1/checkpoint/passes/{code}/messages")
for_gate("gate.checks", "GET /v1/checkpoint/passes/{code}", "POST /v1/checkpoint/checks")
for_gate(
    "gate.crossings",
    "POST /v1/checkpoint/crossings",
    "POST /v1/checkpoint/crossings/group",
    "POST /v1/checkpoint/crossings/batch",
    "POST /v1/checkpoint/corrections",
)
for_gate("gate.arrivals", "POST /v1/checkpoint/arrivals", "GET /v1/checkpoint/board")
for_gate("gate.queues", "GET /v1/checkpoint/arrivals")
for_gate("gate.revocations", "POST /v1/checkpoint/revocations")
for_gate("gate.visitors", "GET /v1/checkpoint/visitors")
for_gate("permits.crossings", "POST /v1/checkpoint/permit-crossings", "POST /v1/checkpoint/permit-corrections")
for_gate("permits.crossing_lists", "GET /v1/checkpoint/permits/{code}/crossings")
for_gate("gate.sync", "GET /v1/checkpoint/sync")
for_gate("certificates.trust_sync", "GET /v1/checkpoint/trust-list")
for_gate("gate.searches", "POST /v1/checkpoint/search", "GET /v1/checkpoint/search", "GET /v1/checkpoint/manifest")

# Settling a conflict deletes its row from a list. A gate may only delete rows of lists that it keeps of visitors.
for_office("gate.conflicts", "GET /v1/checkpoint/conflicts", "POST /v1/checkpoint/conflicts/{id}/settlement")
for_office(
    "staff.postings",
    "GET /v1/staff",
    "GET /v1/staff/me",
    "PUT /v1/staff/{subject}/posting",
    "DELETE /v1/staff/{subject}/posting",
)
for_office("staff.blocks", "PUT /v1/staff/{subject}/block", "DELETE /v1/staff/{subject}/block")
for_office("staff.checkpoints", "PUT /v1/checkpoints/{id}")
for_office("policy.policies", "GET /v1/policy", "GET /v1/policy/versions", "PUT /v1/policy")
for_office("entry.trials", "POST /v1/policy/trials")
for_office(
    "staff.message_templates",
    "GET /v1/message-templates",
    "GET /v1/message-templates/versions",
    "PUT /v1/message-templates",
)
for_office("entry.announcements", "POST /v1/announcements")
for_office(
    "staff.waves",
    "GET /v1/waves",
    "GET /v1/waves/{id}",
    *(f"POST /v1/waves/{{id}}/{what}" for what in ("release", "pause", "resume", "stop", "taking-back")),
)
for_office(
    "permits.permits",
    "POST /v1/permits",
    "GET /v1/permits",
    "GET /v1/permits/{code}",
    "POST /v1/permits/{code}/decision",
    "POST /v1/permits/{code}/revocation",
)
for_office("permits.permits", "POST /v1/partner/permits", "GET /v1/partner/permits", api_key=True)
for_office("permits.permits", "GET /v1/partner/permits/{code}", api_key=True)
for_office("permits.holders", "GET /v1/permits/{code}/holder")
for_office("permits.pictures", "GET /v1/permits/{code}/qr.svg", "GET /v1/permits/{code}/qr.png")
for_office(
    "statistics.figures",
    "GET /v1/statistics/today",
    "GET /v1/statistics/{family}",
    "GET /v1/statistics/{family}/plot.svg",
)
for_office("statistics.rates", "GET /v1/statistics/rates")
for_office(
    "statistics.bulletins",
    "POST /v1/statistics/bulletins",
    "GET /v1/statistics/bulletins",
    "POST /v1/statistics/bulletins/{draft}/release",
)
for_office("certificates.trust_list", "GET /v1/trust-list", "PUT /v1/trust-list/{country}")

# Zalo and the SMS provider call these routes, or the routes wait for Zalo: neither may delay the public's function.
for_messaging("entry.zalo_sessions", "POST /v1/zalo/session")
for_messaging("conversations.webhook", "POST /v1/zalo/webhook")
for_messaging("messaging.receipts", "GET /v1/sms/receipts/{token}")

# Cases and stays: no other function of the API may read their tables.
for_health("cases.cases", "POST /v1/cases", "GET /v1/cases", "GET /v1/cases/{case}", "POST /v1/cases/{case}/end")
for_health("cases.cases", "GET /v1/cases/{case}/contacts/{contact}")
for_health("cases.cases", "GET /v1/cases/{case}/contacts", "POST /v1/cases/{case}/contacts/{contact}/work")
for_health("cases.cases", "GET /v1/officers", "GET /v1/officers/me/work")
for_health("cases.tellings", "POST /v1/cases/{case}/waves")
for_health("cases.chains", *(f"GET /v1/cases/{{case}}/chain.{form}" for form in ("json", "graphml", "csv", "svg")))
for_health("stays.own_stays", "GET /v1/passes/{code}/stay", "POST /v1/passes/{code}/health-reports")
for_health(
    "stays.communes",
    "GET /v1/communes/{commune}/stays",
    "GET /v1/communes/{commune}/stays/{code}",
    "POST /v1/communes/{commune}/stays/{code}/arrival",
    "POST /v1/communes/{commune}/stays/{code}/changes",
    "POST /v1/communes/{commune}/stays/{code}/tests",
    "POST /v1/communes/{commune}/stays/{code}/health-reports",
)

_HERE = "ap-southeast-1:000000000000"
_STREAM = f"arn:aws:dynamodb:{_HERE}:table/entries/stream/0"
_QUEUE = f"arn:aws:sqs:{_HERE}:"
fan_out = app.on_dynamodb_record(_STREAM, batch_size=100)(worker("fan_out", "fan_out"))
fan_out_cases = app.on_dynamodb_record(_STREAM.replace("entries", "cases"), batch_size=100)(
    worker("fan_out", "fan_out_cases")
)
# Also the streams of permits and messages: infra/template.yaml has them, as Chalice gives a function one stream.
fan_out_facts = app.on_dynamodb_record(_STREAM.replace("entries", "stays"), batch_size=100)(
    worker("fan_out", "fan_out_facts")
)
trace = app.on_sqs_message(queue_arn=_QUEUE + "tracing", batch_size=10)(worker("trace", "trace"))
# SNS takes some twenty texts a second for an account; more workers would only be throttled. Texts about declarations
# have a queue and workers of their own: admissions and revocations never wait behind them. A declaration may be a bus
# with 51 phones, and a worker begins texts for 22 seconds, four a second (`wiring.messaging`), so a batch is small.
notify = app.on_sqs_message(queue_arn=_QUEUE + "messages", batch_size=10, maximum_concurrency=3)(
    worker("notify", "notify")
)
notify_declared = app.on_sqs_message(queue_arn=_QUEUE + "declared", batch_size=2, maximum_concurrency=2)(
    worker("notify", "notify_declared")
)
# A batch is done at once, and an endpoint has five seconds: a slow one keeps few others waiting.
deliver_webhooks = app.on_sqs_message(queue_arn=_QUEUE + "webhooks", batch_size=10, maximum_concurrency=5)(
    worker("webhooks", "deliver_webhooks")
)
send_waves = app.on_sqs_message(queue_arn=_QUEUE + "waves", batch_size=10, maximum_concurrency=2)(
    worker("waves", "send_waves")
)
# A reply waits for Zalo, so all of a batch are sent in parallel.
converse = app.on_sqs_message(queue_arn=_QUEUE + "conversations", batch_size=10, maximum_concurrency=2)(
    worker("converse", "converse")
)
# The tokens of the Official Account are valid for 25 hours, and are renewed when less than two hours are left.
refresh_zalo = app.schedule(Rate(1, unit=Rate.HOURS))(worker("refresh", "refresh_zalo"))
# A draft is reminded of when its time has come, five minutes later at most.
remind_drafts = app.schedule(Rate(5, unit=Rate.MINUTES))(worker("reminders", "remind_drafts"))
# Off unless the setting `Rehearsal` is on. `services.entry.rehearsals` has the same five minutes.
rehearse = app.schedule(Rate(5, unit=Rate.MINUTES))(worker("rehearse", "rehearse"))
expand = app.on_sqs_message(queue_arn=_QUEUE + "cases", batch_size=10)(worker("expand", "expand"))
# It sends messages about changed stays. They are few, so it is not one of the workers counted in `wiring.messaging`.
watch = app.on_sqs_message(queue_arn=_QUEUE + "stays", batch_size=10, maximum_concurrency=2)(worker("watch", "watch"))
# Workers that count draw one of four rows for the same counters: more workers would wait for each other.
count = app.on_sqs_message(queue_arn=_QUEUE + "counts", batch_size=10, maximum_concurrency=4)(worker("count", "count"))
keep_audit = app.lambda_function(name="keep_audit")(worker("audit", "keep_audit"))

if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    from chalicelib.snapshots import register_hooks

    register_hooks()

"""The contents page: one line for each group of routes, and for each queue and stream. Nobody imports it.

Functions of streams and queues are registered here and not on blueprints: Lambda would import a blueprint's module
directly, past this page and its middleware (https://github.com/aws/chalice/issues/1566). The ARNs are placeholders:
`infra/template.yaml` puts in those of the stack's own stream and queues.
"""

from chalice.app import Chalice

from chalicelib.handlers import checkpoint, declarations, docs, passes, reference, workers
from chalicelib.observability import log_invocation

# Chalice's own logging would print a second, unstructured line beside each of ours.
app = Chalice(app_name="tay-ninh-pass", configure_logs=False)
app.api.binary_types = []
app.register_middleware(log_invocation, "all")

for group in (declarations, passes, checkpoint, reference, docs):
    app.register_blueprint(group.routes)

_HERE = "ap-southeast-1:000000000000"
fan_out = app.on_dynamodb_record(f"arn:aws:dynamodb:{_HERE}:table/entries/stream/0", batch_size=100)(workers.fan_out)
trace = app.on_sqs_message(queue_arn=f"arn:aws:sqs:{_HERE}:tracing", batch_size=10)(workers.trace)
notify = app.on_sqs_message(queue_arn=f"arn:aws:sqs:{_HERE}:messages", batch_size=10)(workers.notify)

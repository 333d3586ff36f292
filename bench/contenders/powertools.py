"""Powertools' REST resolver with pydantic validation."""

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from bench.contenders.form import Answer, Form
from bench.contenders.store import declare

app = APIGatewayRestResolver(enable_validation=True)


@app.post("/v1/declarations")
def submit(form: Form) -> Response[Answer]:
    return Response(status_code=201, content_type="application/json", body=declare(form))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    answer: dict[str, Any] = app.resolve(event, context)
    return answer

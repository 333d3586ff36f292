"""The answer of every route that makes a declaration: its passes. The same request again gets the same passes."""

from chalicelib import wiring
from chalicelib.handlers.entry.pass_answers import IssuedPasses, declared
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.requests import AnyCall
from chalicelib.observability import count
from chalicelib.services.entry.declarations import Declared
from chalicelib.wiring.policy import in_force


def issued(made: Declared, call: AnyCall) -> IssuedPasses:
    """The passes of a declaration. A new declaration is counted."""
    if not made.repeated:
        count("Declarations")
    return declared(
        made.code,
        made.declaration,
        in_force().policy(made.declaration.policy_version),
        keyed_hash=wiring.keyed_hash(),
        base_url=call.base_url,
        language=call.language,
    )


def answer_to(made: Declared, call: AnyCall) -> Answer[IssuedPasses]:
    """The whole answer of a request, with these passes. `Location` is the traveller's pass."""
    shape = issued(made, call)
    headers = {"Location": shape.passes[0].links.self, **replayed(made.repeated)}
    return Answer(shape, headers, language=call.language)

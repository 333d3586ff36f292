"""Slips: passes as a page to print."""

from collections.abc import Sequence
from functools import partial
from typing import Literal

from chalicelib import wiring
from chalicelib.data import words
from chalicelib.handlers.entry.answers import CODE
from chalicelib.handlers.entry.pass_answers import SECRET
from chalicelib.handlers.entry.passes import OPENING, shown
from chalicelib.http.answers import Answer
from chalicelib.http.queries import Query
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.wording import filled
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.errors import CodeMistyped, PassEnded, PassUnknown, SlipNotByStaff
from chalicelib.models.entry.passes import masked
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.entry.slips import Paper, SlipForm, SlipPage, SlipPass
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people.languages import Language
from chalicelib.models.staff.roles import DECLARE_FOR_OTHERS
from chalicelib.observability import audit
from chalicelib.services.entry.links import kind_of
from chalicelib.services.entry.slips import PassesOfPage, pages_of
from chalicelib.wiring.entry import entries, slip_pdf
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.staff import sees_health

_PDF = "application/pdf"
# The code is not in the name: a list of downloads is not the place for it.
_NAMED = {"Content-Disposition": 'inline; filename="slip.pdf"'}


class SlipQuery(Query):
    """What the slip is printed on."""

    paper: Literal["a6", "80mm"] = "a6"
    """`a6`: a page of 105 by 148 mm. `80mm`: the roll of a thermal printer."""


_slip = partial(serve, content_type=_PDF, headers=("Content-Disposition", "Content-Language"))
_own_slip = partial(
    _slip,
    path="/v1/passes/{code}/slip.pdf",
    tag="travellers",
    errors=(*OPENING, PassEnded),
    parameters=(CODE, SECRET),
)


@_own_slip("GET", summary="A pass on paper")
def get_slip(call: Call[None, SlipQuery]) -> Answer[bytes]:
    """A page to print, black on white: the QR, the code, the end, the checkpoint, what to do, the hotline. It is in
    Vietnamese, or in English for all other languages. Print it in its own size. There is none once the pass has
    ended."""
    return _printed([shown(call)], call.query.paper, call.language)


@_own_slip("POST", summary="Passes of a family on paper")
def print_family(call: Call[SlipForm, SlipQuery]) -> Answer[bytes]:
    """The pass and others of its declaration, six on a page. Each needs its own secret. The page has the steps that all
    on it share; a person with more to do prints a slip of their own. Nothing is stored."""
    code = Code.parse(call.path["code"])
    for each in call.body.companions:
        kind_of(each.secret, Code(code.declaration, each.person), wiring.keyed_hash())
    own = shown(call)
    persons = sorted({own.code.person, *(each.person for each in call.body.companions)})
    passes = [pass_of(Code(code.declaration, person), own.record) for person in persons]
    for held in passes:
        if held.has_ended(wiring.clock()):
            raise PassEnded(code=held.code.shown)
    return _printed(passes, call.query.paper, call.language)


@_slip(
    "GET",
    "/v1/checkpoint/passes/{code}/slip.pdf",
    summary="Passes on paper, for travellers declared by staff",
    tag="checkpoint",
    roles=DECLARE_FOR_OTHERS,
    looks=True,
    errors=(CodeMistyped, PassUnknown, PassEnded, SlipNotByStaff, ServiceUnavailable),
    parameters=(CODE,),
)
def get_slip_of_declared(call: Call[None, SlipQuery]) -> Answer[bytes]:
    """All passes of the declaration that have not ended, six on a page, in the language of its form. Only for
    declarations that staff made: the holders of others have their pass themselves. What to do is on it if the caller
    made the declaration, or may see health answers. It is audited."""
    code = Code.parse(call.path["code"])
    held = pass_of(code, entries().find(code))
    if held.origin is not Origin.STAFF:
        raise SlipNotByStaff
    now = wiring.clock()
    passes = [each for each in held.record.passes(code.declaration) if not each.has_ended(now)]
    if not passes:
        raise PassEnded(code=code.shown)
    codes = [str(each.code) for each in passes]
    audit(call.principal, action="print slip", codes=codes, why="passes on paper")
    declaration, pages = held.record.declaration, pages_of(passes)
    if declaration.declared_by != call.principal.subject and not sees_health(call.principal):
        # Steps reveal health. The person who made the declaration has seen them in its answer.
        pages = [each._replace(instructions=[], some_have_more=False) for each in pages]
    return _drawn(pages, call.query.paper, declaration.form.language)


def _printed(passes: Sequence[HeldPass], paper: str, language: str) -> Answer[bytes]:
    return _drawn(pages_of(passes), paper, language)


def _drawn(of_passes: Sequence[PassesOfPage], paper: str, language: str) -> Answer[bytes]:
    # The font has no Khmer and no Chinese.
    language = "vi" if language == Language.VI else "en"
    pages = [_page(each, language) for each in of_passes]
    return Answer(slip_pdf(pages, Paper(paper), language), _NAMED, _PDF, language=language)


def _page(page: PassesOfPage, language: str) -> SlipPage:
    texts = {name: text[language] for name, text in words("entry")["slip"].items()}
    first = page.passes[0]
    # The passes may end at different times, and the page must not be valid for longer than any of them.
    ends = min(each.expires_at for each in page.passes)
    policy = in_force().policy(first.policy_version)
    steps = [policy.instructions[name].in_language(language) for name in page.instructions]
    checkpoint = in_force().current().checkpoints.get(first.trip.checkpoint or "")
    gate = checkpoint and {"checkpoint": checkpoint.names}
    return SlipPage(
        passes=[SlipPass(each.code.shown, each.issued.token, masked(each.person.full_name)) for each in page.passes],
        title=texts["title"],
        ends=filled(texts["ends"], {"ends": ends}, language),
        gate=filled(texts["gate"], gate, language) if gate else None,
        steps=[*steps, texts["more"]] if page.some_have_more else steps,
        hotline=filled(texts["hotline"], {}, language),
    )

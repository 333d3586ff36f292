"""The token, against an independent implementation and against hostile text."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import cbor2
import cwt
import pytest
from base45 import b45decode, b45encode
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.adapters import qr
from chalicelib.adapters.cose import PREFIX, SigningKey, sign
from chalicelib.adapters.cose_reading import TokenForged, TokenUnreadable, read, verify
from chalicelib.adapters.sign1 import ECDSA, der_of, lower, to_be_signed
from chalicelib.models.entry.codes import PERMIT, Code
from chalicelib.models.entry.passes import PassClaims, StandingTimes, masked

KEY = SigningKey(b"\x01\x02\x03\x04", ec.generate_private_key(ec.SECP256R1()))
FOREIGN = SigningKey(KEY.key_id, ec.generate_private_key(ec.SECP256R1()))
KEYS = {KEY.key_id: KEY.private.public_key()}
ISSUED = datetime(2021, 7, 22, 7, 0, tzinfo=UTC)
CLAIMS = PassClaims(
    code=Code.of(2**64 + 12345, 7),
    issued_at=ISSUED,
    expires_at=ISSUED + timedelta(hours=1),
    masked_name="NTH NHUNG",
    birth_year=1990,
    plate="70E112345",
    commune="25480",
)
TOKEN = sign(CLAIMS, issuer="TN", key=KEY)


def message_of(token: str) -> list[bytes]:
    message: list[bytes] = cbor2.loads(b45decode(token.removeprefix(PREFIX))).value
    return message


def token_of(message: object) -> str:
    return PREFIX + str(b45encode(cbor2.dumps(message)), "ascii")


def test_our_token_is_read_back() -> None:
    assert verify(TOKEN, issuer="TN", keys=KEYS) == CLAIMS


def test_the_same_claims_are_signed_the_same() -> None:
    assert sign(CLAIMS, issuer="TN", key=KEY) == TOKEN


@given(
    masked_name=st.text(max_size=300),
    birth_year=st.integers(0, 9999),
    plate=st.text(max_size=12),
    commune=st.integers(0, 99_999),
)
def test_claims_are_written_as_cbor2_writes_them(masked_name: str, birth_year: int, plate: str, commune: int) -> None:
    claims = CLAIMS._replace(masked_name=masked_name, birth_year=birth_year, plate=plate, commune=f"{commune:05d}")
    expected = {1: "TN", 4: 1626940800, 6: 1626937200, 7: CLAIMS.code.to_bytes()}
    written = {**expected, -65537: [masked_name, birth_year, plate, commune]}
    assert message_of(sign(claims, issuer="TN", key=KEY))[2] == cbor2.dumps(written)


def test_other_claims_are_signed_with_another_nonce() -> None:
    later = CLAIMS._replace(expires_at=CLAIMS.expires_at + timedelta(seconds=1))
    nonces = {message_of(sign(claims, issuer="TN", key=KEY))[3][:32] for claims in (CLAIMS, later)}
    assert len(nonces) == 2


def test_an_independent_library_verifies_our_token() -> None:
    pem = KEY.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    public = cwt.COSEKey.from_pem(pem, kid=KEY.key_id, alg="ES256")
    decoded = cwt.CWT(leeway=10**9).decode(b45decode(TOKEN.removeprefix(PREFIX)), public)
    assert isinstance(decoded, dict)
    assert (decoded[1], decoded[6], decoded[7]) == ("TN", int(ISSUED.timestamp()), CLAIMS.code.to_bytes())
    assert decoded[-65537] == ["NTH NHUNG", 1990, "70E112345", 25480]


def test_a_token_of_an_independent_library_is_verified() -> None:
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    pem = KEY.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private = cwt.COSEKey.from_pem(pem, kid=KEY.key_id, alg="ES256")
    payload = {1: "TN", 4: 1626940800, 6: 1626937200, 7: CLAIMS.code.to_bytes()}
    payload[-65537] = ["NTH NHUNG", 1990, "70E112345", 25480]
    raw = cwt.COSE.new().encode_and_sign(cbor2.dumps(payload), private, protected={1: -7, 4: KEY.key_id})
    header, _, body, signature = cbor2.loads(raw).value
    lowered = token_of(cbor2.CBORTag(18, [header, {}, body, lower(signature)]))
    assert verify(lowered, issuer="TN", keys=KEYS) == CLAIMS


@pytest.mark.parametrize(
    ("full_name", "plate", "version"),
    [
        ("Nguyễn Văn An", "70A12345", 8),
        ("Trần Thị Bích Phương", "70E112345", 8),
        ("Lê Thị Hồng Nhung", "70A12345", 8),
        ("Đặng Trường", "70E112345", 8),
        ("Công Tằng Tôn Nữ Thị Ngọc Nghiêng", "70E112345", 9),
        ("Maximilian Wolfeschlegelsteinhausenbergerdorff", "ABCDEFGHJKLM", 9),
    ],
)
def test_a_pass_fits_a_coarse_picture(full_name: str, plate: str, version: int) -> None:
    claims = PassClaims(CLAIMS.code, ISSUED, CLAIMS.expires_at, masked(full_name), 1990, plate, "25480")
    token = sign(claims, issuer="TN", key=KEY)
    assert (len(qr.modules(token)) - 17) // 4 <= version


def other_signature(signature: bytes) -> bytes:
    """The second one that everyone can make of a signature, without its key."""
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    other = r + (order - s).to_bytes(32, "big")
    content = to_be_signed(*(message_of(TOKEN)[place] for place in (0, 2)))
    KEYS[KEY.key_id].verify(der_of(other), content, ECDSA)  # it holds, all the same
    return other


def altered(change: Callable[[list[bytes]], object]) -> str:
    message = message_of(TOKEN)
    return token_of(change(message))


def resigned(payload: object, protected: object = None, key: SigningKey = KEY) -> str:
    """A message with a good signature over other content."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    header = cbor2.dumps({1: -7, 4: KEY.key_id} if protected is None else protected)
    body = payload if isinstance(payload, bytes) else cbor2.dumps(payload)
    der = key.private.sign(cbor2.dumps(["Signature1", header, b"", body]), ec.ECDSA(SHA256()))
    r, s = decode_dss_signature(der)
    signature = lower(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return token_of(cbor2.CBORTag(18, [header, {}, body, signature]))


GOOD = cbor2.loads(message_of(TOKEN)[2])


@pytest.mark.parametrize(
    "text",
    [
        "",
        PREFIX,
        "TNP1",
        PREFIX + "!!!!",
        PREFIX + "Đ",
        PREFIX + "A" * 100_000,
        TOKEN[:-2],
        TOKEN.lower(),
        altered(lambda message: message),  # no tag
        altered(lambda message: cbor2.CBORTag(17, message)),
        altered(lambda message: cbor2.CBORTag(18, [message[0], [], *message[2:]])),
        altered(lambda message: cbor2.CBORTag(18, [message[0], None, *message[2:]])),
        PREFIX + str(b45encode(b45decode(TOKEN.removeprefix(PREFIX)) + b"\0"), "ascii"),
        altered(lambda message: cbor2.CBORTag(18, message[:3])),
        altered(lambda message: cbor2.CBORTag(18, [*message[:3], message[3][:-1]])),
        altered(lambda message: cbor2.CBORTag(18, [*message[:2], message[2].replace(b"NHUNG", b"KHANH"), message[3]])),
        altered(lambda message: cbor2.CBORTag(18, [message[0], {4: KEY.key_id}, *message[2:]])),
        altered(lambda message: cbor2.CBORTag(18, [*message[:3], b"\0" * 64])),
        altered(lambda message: cbor2.CBORTag(18, [*message[:3], list(message[3])])),
        altered(lambda message: cbor2.CBORTag(18, [*message[:3], [*message[3][:32], 0, *message[3][33:]]])),
        altered(lambda message: cbor2.CBORTag(18, [*message[:3], other_signature(message[3])])),
        sign(CLAIMS, issuer="TN", key=FOREIGN),
        sign(CLAIMS, issuer="XX", key=KEY),
        sign(CLAIMS, issuer="TN", key=SigningKey(b"\x09\x09\x09\x09", KEY.private)),
        resigned(GOOD, {1: -35, 4: KEY.key_id}),  # ES384
        resigned(GOOD, {1: 5, 4: KEY.key_id}),  # HMAC
        resigned(GOOD, {4: KEY.key_id}),
        resigned(GOOD, {1: -7}),
        resigned(GOOD, [1, 2]),
        resigned(b"\xff"),
        resigned({}),
        resigned({**GOOD, 7: b"short"}),
        resigned({**GOOD, 4: 2**70}),
        resigned({**GOOD, 6: "now"}),
        resigned({**GOOD, -65537: "papers"}),
        resigned({**GOOD, -65537: [1, 2, 3]}),
        resigned({**GOOD, -65537: ["A", "x", "", "y"]}),
        token_of(b"\x81" * 200),
    ],
)
def test_every_other_text_is_forged(text: str) -> None:
    with pytest.raises(TokenForged):
        verify(text, issuer="TN", keys=KEYS)


@pytest.mark.parametrize("length", range(len(PREFIX), len(TOKEN)))
def test_a_part_of_a_token_is_unreadable_and_no_forgery(length: int) -> None:
    with pytest.raises(TokenUnreadable):
        read(TOKEN[:length], issuer="TN")


@pytest.mark.parametrize("text", ["TNP1:XYZ", "TNP1:", "TNP2:" + TOKEN[5:], TOKEN.lower(), TOKEN + "0" * 400])
def test_what_is_no_signed_message_is_unreadable(text: str) -> None:
    with pytest.raises(TokenUnreadable):
        read(text, issuer="TN")


def test_a_signed_message_of_another_content_is_a_forgery_and_not_unreadable() -> None:
    for text in (resigned({}), resigned({**GOOD, 1: "XX"}), TOKEN + "00"):
        with pytest.raises(TokenForged) as raised:
            read(text, issuer="TN")
        assert not isinstance(raised.value, TokenUnreadable), text


@settings(max_examples=300)
@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"))
def test_no_altered_token_passes(place: int, character: str) -> None:
    text = TOKEN[:place] + character + TOKEN[place + 1 :]
    if text != TOKEN:
        with pytest.raises(TokenForged):
            verify(text, issuer="TN", keys=KEYS)


def test_a_token_can_be_read_that_no_key_of_ours_signed() -> None:
    for token in (TOKEN, sign(CLAIMS, issuer="TN", key=FOREIGN)):
        assert read(token, issuer="TN") == CLAIMS


HUGE = cbor2.CBORTag(4, [10**12, 1])  # a decimal fraction: 1 followed by 10**12 zeros
UNSIGNED = [
    pytest.param({**GOOD, -65537: ["A", HUGE, "", 1]}, id="year"),
    pytest.param({**GOOD, -65537: ["A", 1990, "", HUGE]}, id="commune"),
    pytest.param({**GOOD, -65537: [HUGE, 1990, "", 1]}, id="name"),
    pytest.param({**GOOD, -65537: ["A", 1990, HUGE, 1]}, id="plate"),
    pytest.param({**GOOD, 1: HUGE}, id="issuer"),
    pytest.param({**GOOD, 4: HUGE}, id="end"),
    pytest.param({**GOOD, 4: 2**62}, id="late end"),
    pytest.param({**GOOD, 6: -(2**62)}, id="early start"),
    pytest.param({**GOOD, 6: 2**2000}, id="large start"),
    pytest.param({**GOOD, 7: HUGE}, id="code"),
]


@pytest.mark.parametrize("payload", UNSIGNED)
def test_nothing_in_a_token_that_nobody_signed_breaks_or_stops_the_reader(payload: object) -> None:
    token = resigned(payload)
    for forged in (token, token[:-1] + ("0" if token[-1] != "0" else "1")):
        with pytest.raises(TokenForged):
            read(forged, issuer="TN")


CBOR = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-9, 9) | st.text(max_size=3), inner, max_size=4)
        | st.builds(cbor2.CBORTag, st.integers(0, 40), inner)
        | st.builds(lambda power: cbor2.CBORTag(4, [power, 1]), st.integers(-(10**12), 10**12))
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(st.sampled_from([1, 4, 6, 7, -65537]), CBOR, st.lists(CBOR, min_size=4, max_size=4))
def test_no_claim_whatsoever_breaks_the_reader(claim: int, value: object, papers: list[object]) -> None:
    for payload in ({**GOOD, claim: value}, {**GOOD, -65537: papers}):
        try:
            claims = read(resigned(payload), issuer="TN")
        except TokenForged:
            continue
        assert isinstance(claims.birth_year, int)


@given(st.text() | st.binary(max_size=300).map(lambda raw: PREFIX + b45encode(raw).decode()))
def test_any_other_text_whatsoever_is_forged_whether_or_not_its_signature_is_asked_for(text: str) -> None:
    with pytest.raises(TokenForged):
        read(text, issuer="TN")
    with pytest.raises(TokenForged):
        verify(text, issuer="TN", keys=KEYS)


TIMES = StandingTimes(65, 18 * 60, 6 * 60)


def test_the_token_of_a_permit_has_its_days_and_hours_and_fits_a_coarse_picture() -> None:
    claims = CLAIMS._replace(code=Code.of(2**64 + 12345, PERMIT), times=TIMES)
    token = sign(claims, issuer="TN", key=KEY)
    assert verify(token, issuer="TN", keys=KEYS) == claims
    assert cbor2.loads(message_of(token)[2])[-65537] == ["NTH NHUNG", 1990, "70E112345", 25480, *TIMES]
    assert (len(qr.modules(token)) - 17) // 4 <= 9


@pytest.mark.parametrize("times", [[1], [1, 2], [1, 2, 3, 4], [1, 2, "3"], [1, 2, 3.0], [1, 2, True], [1, 2, None]])
def test_other_days_and_hours_than_three_numbers_are_no_token_of_ours(times: list[object]) -> None:
    papers = [*GOOD[-65537], *times]
    with pytest.raises(TokenForged):
        verify(resigned({**GOOD, -65537: papers}), issuer="TN", keys=KEYS)

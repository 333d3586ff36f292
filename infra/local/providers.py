"""Stand-ins for the providers that carry messages, Zalo and eSMS, beside the engine: what the system needs of them.

The stand-ins are those of the tests, and are not in the package: nothing else of infra may import them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from infra.accounts import LOCAL_STAGE, Account
from infra.local import engine
from infra.operation.keys import parameter_of

if TYPE_CHECKING:
    from tests.standins.esms import Esms
    from tests.standins.zalo import Zalo

ZALO_PORT, ESMS_PORT = 2, 3
"""How far their ports are from the engine's."""


class Providers(NamedTuple):
    """The providers that a running system sends messages by."""

    variables: Mapping[str, str]
    """What functions need in their environment to reach them."""
    secrets: Mapping[str, str]
    """The documents in the parameter store, by the last part of their names."""
    register: Callable[[str], None]
    """Gives Zalo the address of the webhook, which must answer."""
    approve: Callable[[str, str, Mapping[str, int]], str]
    """Zalo approves a template: its text, and the most characters of each parameter. Returns the template's id. The
    first argument names the template to developers."""
    page: str
    """The URL of the page that shows what arrives at phones."""


@contextmanager
def standing_in(port: int) -> Iterator[Providers]:
    """Stand-ins on ports after the engine's (0: any), for as long as the `with` lasts. Raises `PortTaken`."""
    from tests.standins import esms, zalo

    if port:
        for each in (ZALO_PORT, ESMS_PORT):
            engine.check_port(port + each)
    with (
        zalo.serving(port=port and port + ZALO_PORT) as at_zalo,
        esms.serving(port=port and port + ESMS_PORT) as at_esms,
    ):
        yield carried_by(at_zalo, at_esms)


def carried_by(at_zalo: "Zalo", at_esms: "Esms", **variables: str) -> Providers:
    """Stand-ins that are serving. `variables` are more of what functions get in their environment."""
    from tests.standins import esms, zalo

    at_zalo.everyone = False  # so that who only reads SMS still gets them
    page = f"{at_zalo.url}/"
    return Providers(
        variables={**zalo.variables(at_zalo), **esms.variables(at_esms), **variables},
        secrets={**zalo.secrets(at_zalo), **esms.secrets(at_esms)},
        register=at_zalo.register,
        approve=at_zalo.approve,
        page=page,
    )


def store_secrets(account: Account, providers: Providers) -> None:
    """Put the providers' secrets into the parameter store of the stage on this machine."""
    client = account.client("ssm")
    for name, document in providers.secrets.items():
        client.put_parameter(Name=parameter_of(LOCAL_STAGE, name), Value=document, Type="SecureString", Overwrite=True)

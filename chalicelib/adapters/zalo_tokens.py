"""The tokens of the Official Account in the parameter store: one SecureString with both."""

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from chalicelib.adapters.parameters import ParameterMissing, Store, put, read
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.messaging.tokens import TokenPair, TokensMissing


class StoredTokens:
    """`services.messaging.ports.TokenStore`: a read and a write are one call each."""

    def __init__(self, parameter: str, store: Store) -> None:
        self._parameter, self._store = parameter, store

    def read(self) -> TokenPair:
        try:
            text = read([self._parameter], self._store)[self._parameter]
        except ParameterMissing:
            raise TokensMissing from None
        except (BotoCoreError, ClientError) as error:
            raise ServiceUnavailable from error
        try:
            return TokenPair.from_stored(text)
        except ValidationError:  # its text quotes the stored tokens
            raise TokensMissing from None

    def put(self, pair: TokenPair) -> None:
        try:
            put(self._parameter, pair.model_dump_json(), self._store)
        except (BotoCoreError, ClientError) as error:
            raise ServiceUnavailable from error

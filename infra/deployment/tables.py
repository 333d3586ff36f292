"""A new table in the place of one that is gone: the settings `NewEntriesTable` and so on."""

from collections.abc import Mapping

from infra.accounts import Account
from infra.errors import CannotGoOn


def require_gone(
    account: Account, outputs: Mapping[str, str], current: Mapping[str, str], resulting: Mapping[str, str]
) -> None:
    """Raises `CannotGoOn` if a setting would put a new and empty table in the place of one that is there."""
    client = account.client("dynamodb")
    for setting, value in resulting.items():
        name = outputs.get(f"{setting.removeprefix('New')}Name", "")
        if not (setting.startswith("New") and name) or value == current.get(setting, ""):
            continue
        try:
            client.describe_table(TableName=name)
        except client.exceptions.ResourceNotFoundException:
            continue
        raise CannotGoOn(
            f"{setting}={value}: the table {name} is there. A new table would be empty; it is only for one that is "
            "gone: docs/operations/restoring.md."
        )

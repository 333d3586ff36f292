"""AWS clients for background work (queues and text messages) that are fast to create.

Botocore's clients take most of their time to find and read descriptions of services that we do not use. Ours find only
what `python -m infra service-models` has cut out for them. Without rule sets for endpoints botocore falls
back to its table of regions, which knows all of ours; `AWS_ENDPOINT_URL` is honoured as ever.
"""

import os
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

_MODELS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "botocore")

_CONFIG = Config(
    # A request has 20 seconds at most. What AWS does not answer in this time is asked again, within that.
    connect_timeout=2,
    read_timeout=5,
    parameter_validation=False,
    # As many as a request asks AWS at once (`services.parallel`).
    max_pool_connections=16,
    # Fixed. Otherwise botocore builds its long name again for every request, a quarter of its work.
    user_agent="tay-ninh-pass",
)


@cache
def _session() -> Session:
    session = Session()
    session.register_component("data_loader", Loader(extra_search_paths=[_MODELS], include_default_search_paths=False))
    return session


@cache
def client(service: str, region: str, *, attempts: int = 3) -> Any:
    """A client of a service, one for each process. A request is sent `attempts` times at most."""
    config = _CONFIG.merge(Config(retries={"total_max_attempts": attempts, "mode": "standard"}))
    return _session().create_client(service, region_name=region, config=config)

"""What a function does before Lambda takes a snapshot of it, and after each restoring.

Lambda makes a snapshot of the process when it publishes a version, and starts every instance from a copy of it
(SnapStart, docs/cold-starts.md). What is in memory then is in all copies, and stays on AWS's disks while the version is
there. So before the snapshot everything is imported and built that is the same in all processes, and nothing else:
no secret, no credentials, no answer or client of AWS. This module is imported for snapshots alone.

The settings stay: a version's environment never changes.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

import gc
import pkgutil
import random
from collections.abc import Iterator
from importlib import import_module

from pydantic import BaseModel
from snapshot_restore_py import register_after_restore, register_before_snapshot

import chalicelib
from chalicelib import wiring
from chalicelib.models.people.consents import consent_texts
from chalicelib.models.people.province import province
from chalicelib.settings import settings

_IMPORTED_LATE = (
    "botocore.session",  # finds the keys after a restoring
    "concurrent.futures.thread",
    "cryptography.hazmat.primitives.asymmetric.padding",
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "encodings.idna",
    "phonenumbers",
    "png",
    "qrcode",
    "zoneinfo",
)
"""Modules of libraries that are imported lazily."""


def register_hooks() -> None:
    """Have Lambda's runtime call the functions below."""
    register_before_snapshot(prepare)
    register_after_restore(start_afresh)


def prepare() -> None:
    """Import all our modules, and build what their first use would build."""
    for name in [*_IMPORTED_LATE, *_our_modules()]:
        import_module(name)
    for model in _models(BaseModel):
        if model.__module__.startswith(chalicelib.__name__):
            model.model_rebuild()
    province(settings().province).communes()  # reads the list of administrative units
    consent_texts(settings().province)
    # See app.py. The objects that exist now live as long as each copy.
    gc.collect()
    gc.freeze()
    gc.enable()


def start_afresh() -> None:
    """Reset what must differ between copies. `secrets` and the kernel's random numbers already differ."""
    random.seed()
    wiring.forget()


def _our_modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(chalicelib.__path__, f"{chalicelib.__name__}."):
        yield module.name


def _models(of: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in of.__subclasses__():
        yield model
        yield from _models(model)

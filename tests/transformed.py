"""The package's template, as CloudFormation reads it: SAM's resources are made into those of AWS."""

from types import SimpleNamespace

import pytest
from samtranslator.translator.transform import transform

from infra.accounts import REGION
from infra.packaging import package

CODE = "s3://packages/code.zip"


def transformed() -> package.Template:
    """Builds the package, if it is not fresh. The code of each function is at `CODE`."""
    package.build()
    template = package.read_template()
    for each in template["Resources"].values():
        if "CodeUri" in each["Properties"]:
            each["Properties"]["CodeUri"] = CODE
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_DEFAULT_REGION", REGION)
        made: package.Template = transform(template, {}, SimpleNamespace(load=dict))
    return made

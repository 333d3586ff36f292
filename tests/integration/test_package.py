"""What is deployed: it has all it needs, in a Python that has nothing else."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from infra.packaging import package

LARGEST = 15_000_000
"""Bytes of the code: it is fetched and unpacked at every cold start."""

USE_EVERYTHING = """
import sys
sys.path.insert(0, ".")
import app, aws_xray_sdk, boto3, jwt, phonenumbers, png, qrcode, zoneinfo
import chalicelib.adapters.cose, chalicelib.adapters.oidc, chalicelib.storage.entry.entries
import chalicelib.storage.certificates.trusted_keys, chalicelib.storage.messaging.messages
import chalicelib.storage.policy.policies, chalicelib.storage.tracing.exposures
import chalicelib.adapters.hcert, chalicelib.adapters.trusted_key_files
from chalicelib.adapters.qr import png as picture
from chalicelib.models.people.phones import parse_phone
assert parse_phone("0912345678") == "+84912345678" and parse_phone("+85512345678")
for service in ("dynamodb", "sns", "sqs", "ssm"):
    boto3.client(service, "ap-southeast-1")
zoneinfo.ZoneInfo("Asia/Ho_Chi_Minh")
picture("TNP1:ABC", 100)
files = [module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)]
assert not [file for file in files if "site-packages" in file]
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package.build()
    folder = tmp_path_factory.mktemp("package")
    with ZipFile(package.PACKAGE / package.CODE) as code:
        code.extractall(folder)
    return folder


def test_the_package_runs_where_nothing_else_is_installed(unpacked: Path) -> None:
    # -S: no site-packages, so that what is missing in the package is missing.
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-S", "-B", "-c", USE_EVERYTHING],
        cwd=unpacked,
        capture_output=True,
        text=True,
        env={},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_the_package_is_small_and_compiled(unpacked: Path) -> None:
    assert (package.PACKAGE / package.CODE).stat().st_size < LARGEST
    sources = list(unpacked.rglob("*.py"))
    assert {source.relative_to(unpacked).parts[0] for source in sources} == {"app.py", "chalicelib"}
    assert all(list(source.parent.glob(f"__pycache__/{source.stem}.*.pyc")) for source in sources)
    assert (unpacked / "chalicelib" / "data" / "provinces" / "tay-ninh" / "policy.json").is_file()


def test_every_handler_is_on_the_contents_page() -> None:
    package.build()
    resources = yaml.safe_load((package.PACKAGE / package.TEMPLATE).read_text())["Resources"]
    handlers = {
        each["Properties"]["Handler"] for each in resources.values() if each["Type"] == "AWS::Serverless::Function"
    }
    assert handlers == {"app.app", "app.fan_out", "app.trace", "app.notify", "app.keep_audit"}

"""The stack around the functions, and the commands that operate it: `python -m infra` lists them.

packaging    what is deployed: the package, and the data in it that is generated
deployment   how it gets to an account: checks, CloudFormation, releases
operation    what a running stage needs: secrets, partners, reference data, failed events, backups
local        the whole system on this machine

`template.yaml` describes the resources around the functions. The modules beside it are shared by all rooms.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The folder of the repository."""

"""Send each route to the function that serves it, as `app.py` says.

Chalice makes one function for all routes, and other functions with roles and settings of their own. It cannot send a
route to one of those, and it knows no aliases (https://github.com/aws/chalice/issues/2147). So the package's template
is changed here: the integration of each route, and the permissions by which the gateway may invoke the functions. It
invokes an alias of each, which `infra/template.yaml` has.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from chalice.utils import to_cfn_resource_name

from infra import ROOT
from infra.errors import CannotGoOn

_FIRST = "APIHandler"
"""Chalice's function for routes, in its template."""
_PERMISSION = "InvokePermission"
_ALIAS = "Alias"
_PRINT = "import json, app; from chalicelib.http.routes import functions; print(json.dumps(functions()))"


def functions_of_routes() -> dict[str, str]:
    """The function that serves each route, by route, as `GET /path`. Read from `app.py` as it is now."""
    # In another process: this one may have imported an older app.py.
    command = [sys.executable, "-B", "-c", _PRINT]
    functions: dict[str, str] = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
    return functions


def distribute(resources: dict[str, Any], functions: Mapping[str, str]) -> None:
    """Change the resources of a template so that the gateway sends each route to its function's alias.

    Raises `CannotGoOn` for a function or an alias that the template does not have.
    """
    permission = resources[_FIRST + _PERMISSION]
    for path, operations in resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"].items():
        for method, operation in operations.items():
            route = f"{method.upper()} {path}"
            function = _resource_of(functions[route])
            if function not in resources:
                raise CannotGoOn(f"{route} is for the function {functions[route]}, which app.py does not add.")
            alias = function + _ALIAS
            if alias not in resources:
                raise CannotGoOn(f"{route} is for the function {functions[route]}. Add {alias} to infra/template.yaml.")
            uri = operation["x-amazon-apigateway-integration"]["uri"]
            uri["Fn::Sub"] = uri["Fn::Sub"].replace(f"${{{_FIRST}.Arn}}", f"${{{alias}}}")
            properties = {**permission["Properties"], "FunctionName": {"Ref": alias}}
            resources[function + _PERMISSION] = {**permission, "Properties": properties}


def _resource_of(function: str) -> str:
    return _FIRST if function == "api_handler" else str(to_cfn_resource_name(function))

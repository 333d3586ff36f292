"""Give the roles of functions the boundary that the stack's setting `RolesBoundary` names.

Chalice makes the roles and knows no boundaries. With one, somebody who may deploy cannot make a role that does more.
"""

from typing import Any

BOUNDARY = {"Fn::If": ["RolesBounded", {"Ref": "RolesBoundary"}, {"Ref": "AWS::NoValue"}]}


def limit_roles(resources: dict[str, Any]) -> None:
    """Change the resources of a template so that each role has the boundary."""
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::Role":
            resource["Properties"]["PermissionsBoundary"] = BOUNDARY

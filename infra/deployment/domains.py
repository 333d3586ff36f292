"""A name of the pages' own and its certificate go together.

CloudFront refuses a name without a certificate too, but minutes into a deployment.
"""

from collections.abc import Mapping


def problems(values: Mapping[str, str]) -> list[str]:
    """Why CloudFront would refuse these values of the parameters, or not use them, with what to do."""
    name, certificate = values.get("Domain", ""), values.get("CertificateArn", "")
    if name and not certificate:
        return [f"Domain={name} has no certificate: give its CertificateArn, of ACM in us-east-1."]
    if certificate and not name:
        return [f"CertificateArn={certificate} has no name: give its Domain, or take it back: --set CertificateArn="]
    return []

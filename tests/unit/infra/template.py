"""The template as it is written, without what Chalice adds."""

from chalice.package import YAMLTemplateSerializer

from infra import ROOT
from infra.packaging.package import Template

TEMPLATE: Template = YAMLTemplateSerializer().load_template(
    (ROOT / "infra" / "template.yaml").read_text(encoding="utf-8")
)

"""Sandboxes: stages in which apps are tried out. A stage is one by its name and by its parameter, or it is none.

So no setting alone turns a stage with real travellers into one that texts nobody, and none turns a sandbox into a stage
that texts the phones that somebody has made up. The functions refuse the same (`chalicelib.settings`).
"""

from collections.abc import Mapping

from chalicelib.settings import SANDBOX


def problems(values: Mapping[str, str]) -> list[str]:
    """Why these values of the parameters do not go together, with what to do."""
    stage, is_on = values["Stage"], values["Sandbox"] == "on"
    if is_on and not stage.startswith(SANDBOX):
        return [f"Sandbox=on: only a stage whose name begins with {SANDBOX} can be one, and this is {stage}."]
    if not is_on and stage.startswith(SANDBOX):
        return [f"{stage} is the name of a sandbox: --set Sandbox=on, or choose another name."]
    return []


def banner(values: Mapping[str, str]) -> str:
    """What a deployment of a sandbox prints; empty for all other stages."""
    if values["Sandbox"] != "on":
        return ""
    return f"""
    ************************************************************
    *  {values["Stage"] + " IS A SANDBOX.":<54}  *
    *  It sends no text to anyone, and no pass opens a gate.   *
    *  Never give its address to travellers.                   *
    ************************************************************
"""

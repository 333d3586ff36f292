"""Stand-ins for the providers that carry messages: HTTP servers in threads that speak the providers' protocols.

    with zalo.serving() as standin:
        tokens = standin.issue_tokens()
        …                                # let the code under test send to `standin.url`
        assert [each.phone for each in standin.taken] == ["84912345678"]

`zalo.Zalo` is Zalo: template messages (ZNS), messages of the Official Account, mini-app sign-in, tokens, webhooks, and
a page on which a developer sees what arrives at each phone and answers. `esms.Esms` is eSMS: texts, balance, callbacks.

They check what the provider checks, and answer with the provider's codes. What they do wrong is set by a test
(`faults`): `misbehave("template", every(5, EVERY_WAY))`. Faults come by the number of the call, so a run with the same
calls has the same faults. Each call is counted once, under a lock, so that a test can count again:

    calls[operation] == well[operation] + all failed_by[operation, reason]

`well` are calls that were done, also those whose answer came late or was lost (`troubled_by` counts these by reason);
`failed_by` those that were not done, by reason: a fault, or the provider's code.

Sources: the providers' public documents and SDKs. Where the exact code of a refusal is not public, the stand-in gives a
documented code that calls for the same reaction; such places say so.
"""

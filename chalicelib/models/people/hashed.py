"""The labels of keyed hashes of a person's data: a hash is made from a label and the text. A label never changes,
because keys in the tables depend on it."""

PERSON = "person"
"""With `identifying_text`."""

PHONE = "phone"
"""With a phone number (E.164): in exposures and in citizen tokens."""

PLATE = "plate"

ADDRESS, HOST = "address", "host"
"""With a commune's code, and `names.compared` of the address or of the host's name."""

SERVICE = "service"
"""With `names.compared` of the number of a bus, train or flight."""

TEXTS_TO = "texts to"
"""With a phone number, for counts of texts to it: an erasure finds all these rows by one hash."""

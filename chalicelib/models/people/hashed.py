"""What the keyed hashes of a person's data are made with: a label, and the text. A label never changes: keys in the
tables depend on it."""

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
"""With a phone number, where the texts to it are counted: an erasure finds all such rows by one hash."""

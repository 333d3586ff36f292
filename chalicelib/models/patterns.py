"""Regular expressions that a request may need. A cold start does not compile those that it does not use, and a warm one
does not look up in `re` those that it does."""

import re
from functools import cache

compiled = cache(re.compile)

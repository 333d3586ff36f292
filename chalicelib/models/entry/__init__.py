"""Entry: what is on record of a journey. Declarations, passes, crossings and the facts beside them."""

"""Cases: who was near a person who is infected, and the work that follows."""

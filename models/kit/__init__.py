"""What every table stands on: records, states, money, texts, the database and its migrations."""

# Before the first model is made, and so before all others.
from models.kit import tortoise_privates as tortoise_privates

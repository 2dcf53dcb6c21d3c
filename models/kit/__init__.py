"""What every table stands on: records, states, money, texts, the database and its migrations."""

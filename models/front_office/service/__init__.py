"""Customer service: complaints, answers, cases, letters, ratings."""

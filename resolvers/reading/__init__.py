"""The read planner: what a selection asks for becomes one SQL statement whose result is the response's JSON.

`declare` is what the schema is written with, `catalog` what it adds up to, `authorise` who may ask, `compile` the statement,
`operations` the way from a document to an answer.
"""

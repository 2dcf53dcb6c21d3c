"""Tortoise engines: the stock ones, with what they lack for a server that must not lose or block anything."""

from tortoise.connection import get_connection


def this_database() -> object:
    """What stands for the open database: the same in a transaction and outside, and another one once it is opened anew."""
    connection: object = get_connection("default")
    while (around := getattr(connection, "_parent", None)) is not None:
        connection = around
    return connection

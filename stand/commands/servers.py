"""The options that name a stand's servers: the broker, its management API, the database server.

Their addresses hold passwords, and everybody on a machine sees what a command was started with. So each can come from a
variable of the environment instead, or from a file that a variable names. No command starts another with them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated

import typer

from aimaq.language.errors import Unconfigured
from aimaq.settings.environment import text_of
from stand.client.defaults import BROKER, DATABASE, MANAGEMENT

Callback = Callable[[typer.Context, typer.CallbackParam, str | None], str | None]


def _unless(variable: str) -> Callback:
    """What takes an option that was not given from the variable, or from the file that `variable`_FILE names."""

    def value(context: typer.Context, parameter: typer.CallbackParam, supplied: str | None) -> str | None:
        source = context.get_parameter_source(str(parameter.name))
        if source is not None and source.name != "DEFAULT":
            return supplied
        try:
            return text_of(os.environ, variable) or supplied
        except Unconfigured as error:
            raise typer.BadParameter(error.detail) from None

    return value


def _help(text: str, variable: str) -> str:
    return f"{text} Or by {variable}, or a file that {variable}_FILE names: then nobody sees its password."


BrokerOption = Annotated[
    str | None,
    typer.Option("--broker", callback=_unless(BROKER), help=_help("RabbitMQ, as its administrator.", BROKER)),
]
DatabaseOption = Annotated[
    str | None, typer.Option("--database", callback=_unless(DATABASE), help=_help("PostgreSQL server.", DATABASE))
]
ManagementOption = Annotated[
    str | None,
    typer.Option(
        "--management",
        callback=_unless(MANAGEMENT),
        help=_help(
            "The broker's management API: http://ADMIN:PASSWORD@HOST:15672. Without it, rabbitmqctl.", MANAGEMENT
        ),
    ),
]
UrlOption = Annotated[
    str,
    typer.Option(
        "--url",
        callback=_unless(BROKER),
        help=_help("The broker as its administrator reaches it: amqp://ADMIN:PASSWORD@HOST[:PORT].", BROKER),
    ),
]

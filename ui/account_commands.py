"""`qa user` and `qa token`: who may use a server that was started with --auth."""

from __future__ import annotations

from typing import Annotated

import typer

from qa.command_line import Home
from ui.accounts import Accounts

Name = Annotated[str, typer.Argument(help="The name of the account.")]
Label = Annotated[str, typer.Option(help="What the token is for; it is removed by this.")]

user = typer.Typer(help="Accounts for `qa chat --auth`.", no_args_is_help=True)
token = typer.Typer(help="Tokens with which programs use an account.", no_args_is_help=True)


@user.command("add", epilog="Example: qa user add ann")
def add_user(name: Name, home: Home = None) -> None:
    """Make an account, or give it a new password; the password is asked for."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    _accounts(home).add(name, password)
    typer.echo(f"{name} can log in.")


@user.command("remove", epilog="Example: qa user remove ann")
def remove_user(name: Name, home: Home = None) -> None:
    """Remove an account with its tokens; its conversations stay in the file."""
    _accounts(home).remove(name)
    typer.echo(f"{name} can no longer log in.")


@user.command("list", epilog="Example: qa user list")
def list_users(home: Home = None) -> None:
    """List the accounts."""
    for name in _accounts(home).names():
        typer.echo(name)


@token.command("new", epilog="Example: qa token new ann --label backup-script")
def new_token(name: Name, label: Label, home: Home = None) -> None:
    """Print a new token; it is shown this once, and only its digest is kept."""
    typer.echo(_accounts(home).new_token(name, label))


@token.command("remove", epilog="Example: qa token remove ann --label backup-script")
def remove_token(name: Name, label: Label, home: Home = None) -> None:
    """Make a token useless."""
    _accounts(home).remove_token(name, label)
    typer.echo(f"The token {label!r} of {name} is removed.")


@token.command("list", epilog="Example: qa token list ann")
def list_tokens(name: Name, home: Home = None) -> None:
    """List the labels of an account's tokens."""
    for label in _accounts(home).labels(name):
        typer.echo(label)


def _accounts(home: str | None) -> Accounts:
    from index import Library
    from ui.settings import data_folder

    return Accounts(data_folder(Library.open(home)) / "accounts.sqlite3")

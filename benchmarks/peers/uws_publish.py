"""uWebSockets, by its Python binding socketify: topics and ``publish``, both in C++. Prints its port."""

from __future__ import annotations

from typing import Any

from socketify import App, AppListenOptions, OpCode  # type: ignore[import-not-found,import-untyped,unused-ignore]

app = App()


def upgrade(response: Any, request: Any, context: Any) -> None:
    """Remember the room."""
    key = request.get_header("sec-websocket-key")
    response.upgrade(key, "", "", context, {"room": request.get_url()})


def opened(connection: Any) -> None:
    """Let a connection in."""
    connection.subscribe(connection.get_user_data()["room"])


def message(connection: Any, text: str, code: int) -> None:
    """Give a message to the room."""
    app.publish(connection.get_user_data()["room"], f'{{"data":{text}}}', OpCode.TEXT)


app.ws("/*", {"compression": 0, "upgrade": upgrade, "open": opened, "message": message})
app.listen(AppListenOptions(port=0, host="127.0.0.1"), lambda config: print("port", config.port, flush=True))
app.run()

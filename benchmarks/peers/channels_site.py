"""The stack of the Django Channels tutorial: a consumer for each connection, groups in the in-memory layer, daphne.

Without the tutorial's sessions and authentication, which would cost more. Run by ``daphne channels_site:application``.
"""

from __future__ import annotations

import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer  # type: ignore[import-not-found,import-untyped,unused-ignore]
from channels.routing import ProtocolTypeRouter, URLRouter  # type: ignore[import-not-found,import-untyped,unused-ignore]
from django.conf import settings  # type: ignore[import-not-found,import-untyped,unused-ignore]
from django.urls import path  # type: ignore[import-not-found,import-untyped,unused-ignore]

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
    SECRET_KEY="not used",  # noqa: S106
)

encode = json.JSONEncoder(separators=(",", ":")).encode


class Watcher(AsyncWebsocketConsumer):
    """Gives what one member of a room sends to all of them."""

    async def connect(self) -> None:
        self.group = "room." + self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        said = json.loads(text_data or "null")
        await self.channel_layer.group_send(self.group, {"type": "flight.sent", "flight": said})

    async def flight_sent(self, event: dict[str, Any]) -> None:
        await self.send(text_data=encode({"data": event["flight"]}))


application = ProtocolTypeRouter({"websocket": URLRouter([path("ws/tracker/<str:room>/", Watcher.as_asgi())])})

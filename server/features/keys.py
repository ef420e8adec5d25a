"""The keys under which requests and the application carry what routes need."""

from aiohttp import web

from server.database.sessions import SignedIn
from server.database.store import Stores

STORES: web.AppKey[Stores] = web.AppKey("stores", Stores)
SESSION: web.RequestKey[SignedIn] = web.RequestKey("session", SignedIn)

"""A table behind Django REST framework that is edited while it is served.

    python django_table.py PORT ROWS

runs it, where these two packages are installed. `/edits/?number=N` sets how many edits there are
with each request for a page, before it is counted or between the count and the rows;
`/advance/?seconds=N` moves its clock, which begins some hours ago; `/rows/` has all there is.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from random import Random
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.paginator import Paginator
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import JsonResponse
from django.urls import path
from django.utils.dateparse import parse_datetime

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "django.db"}},
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    MIDDLEWARE=[f"{__name__}.dated"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of a test",
    TIME_ZONE="UTC",
    USE_TZ=True,
)
django.setup()

# Django has to be set up before these are imported.
from rest_framework.filters import BaseFilterBackend, OrderingFilter  # noqa: E402
from rest_framework.generics import ListAPIView  # noqa: E402
from rest_framework.pagination import PageNumberPagination  # noqa: E402
from rest_framework.serializers import ModelSerializer  # noqa: E402

HOURS_AGO = 24


class Life:
    """What somebody does to the table: 60 % changes, 30 % new rows, 10 % deletes."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.random = Random(1)  # noqa: S311  # the same edits in each run
        self.edits = 0
        self.ahead = timedelta(hours=-HOURS_AGO)

    def now(self) -> datetime:
        """The server's time."""
        return datetime.now(UTC) + self.ahead

    def edit(self, number: int) -> None:
        """So many edits."""
        for _ in range(number):
            (kind,) = self.random.choices(("change", "insert", "delete"), (6, 3, 1))
            if kind == "insert":
                Item.objects.create(name="new", modified=self.now())
                continue
            item = Item.objects.order_by("?").first()
            if kind == "delete":
                item.delete()
            else:
                item.name, item.modified = f"changed at {self.now()}", self.now()
                item.save()


LIFE = Life()


class Item(models.Model):
    """A row."""

    name = models.TextField()
    modified = models.DateTimeField(db_index=True)

    class Meta:
        """Of the table."""

        app_label = "table"

    def __str__(self) -> str:
        """Its name."""
        return str(self.name)


class ItemSerializer(ModelSerializer):
    """As it goes out."""

    class Meta:
        """All of it."""

        model = Item
        fields = ("id", "name", "modified")


class LivePaginator(Paginator):
    """Edits happen between the count and the rows, too."""

    def page(self, number: int) -> object:
        """Count, and then select."""
        between = LIFE.random.randint(0, LIFE.edits)
        LIFE.edit(LIFE.edits - between)
        number = self.validate_number(number)
        LIFE.edit(between)
        return super().page(number)


class Pages(PageNumberPagination):
    """By page number, with a count."""

    django_paginator_class = LivePaginator
    page_size = 100
    page_size_query_param = "page_size"


class Since(BaseFilterBackend):
    """What changed from a time on."""

    def filter_queryset(self, request, queryset, view):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG002, D102
        since = request.query_params.get("modified_after")
        return queryset.filter(modified__gte=parse_datetime(since)) if since else queryset


class Items(ListAPIView):
    """The table."""

    queryset = Item.objects.all()
    serializer_class = ItemSerializer
    pagination_class = Pages
    filter_backends = (OrderingFilter, Since)
    ordering_fields = ("id", "modified")
    ordering = ("id",)


def dated(respond):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """The `Date` of each response is that of the server's clock."""

    def middleware(request):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        response = respond(request)
        response["Date"] = LIFE.now().strftime("%a, %d %b %Y %H:%M:%S GMT")
        return response

    return middleware


def edits(request):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """How many happen with each page."""
    LIFE.edits = int(request.GET["number"])
    return JsonResponse({})


def advance(request):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Time passes."""
    LIFE.ahead += timedelta(seconds=float(request.GET["seconds"]))
    return JsonResponse({})


def everything(_):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """All rows."""
    return JsonResponse({"rows": list(Item.objects.values("id", "name"))})


urlpatterns = [
    path("api/items/", Items.as_view()),
    path("edits/", edits),
    path("advance/", advance),
    path("rows/", everything),
]


class Quiet(WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


def main() -> None:
    """Fill the table, and serve it."""
    port, rows = map(int, sys.argv[1:])
    with connection.schema_editor() as editor:
        editor.create_model(Item)
    oldest = LIFE.now() - timedelta(days=10)
    minutes = list(range(rows))
    LIFE.random.shuffle(minutes)
    Item.objects.bulk_create(
        Item(name=f"row {minute}", modified=oldest + timedelta(minutes=minute))
        for minute in minutes
    )
    with make_server("127.0.0.1", port, get_wsgi_application(), handler_class=Quiet) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()

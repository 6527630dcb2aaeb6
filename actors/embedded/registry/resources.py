"""The registry's doors: Confluent's paths, as its clients ask for them."""

from collections.abc import Mapping
from typing import Any

from falcon import Request, Response

from actors.embedded.registry.answers import JSON_TYPE, RegistryError, no_subject
from actors.embedded.registry.store import LATEST, Schema, Store, Version
from schemas import compatibility


class Resource:
    """What all doors share."""

    def __init__(self, store: Store) -> None:
        self.store = store


class Root(Resource):
    """`/`: whether anybody is there."""

    def on_get(self, _: Request, resp: Response) -> None:
        """Nothing to say."""
        resp.media = {}


class Types(Resource):
    """`/schemas/types`."""

    def on_get(self, _: Request, resp: Response) -> None:
        """The languages of schemas."""
        resp.media = list(compatibility.TYPES)


class SchemaById(Resource):
    """`/schemas/ids/{id}` and what hangs on it."""

    def on_get(self, _: Request, resp: Response, schema_id: int) -> None:
        """The schema; its language only when it is not Avro, as Confluent has it."""
        schema = self.store.by_id(schema_id)
        resp.media = {"schema": schema.text, **_kind(schema)}

    def on_get_text(self, _: Request, resp: Response, schema_id: int) -> None:
        """The bare schema."""
        resp.text = self.store.by_id(schema_id).text
        resp.content_type = JSON_TYPE

    def on_get_subjects(self, _: Request, resp: Response, schema_id: int) -> None:
        """The subjects it is registered under."""
        resp.media = sorted({version.subject for version in self.store.uses(schema_id)})

    def on_get_versions(self, _: Request, resp: Response, schema_id: int) -> None:
        """The subjects and versions it is registered as."""
        uses = self.store.uses(schema_id)
        resp.media = [{"subject": version.subject, "version": version.number} for version in uses]


class Subjects(Resource):
    """`/subjects`."""

    def on_get(self, req: Request, resp: Response) -> None:
        """Their names."""
        prefix = req.get_param("subjectPrefix") or ""
        # Confluent's own wild card for "every context"
        resp.media = self.store.subjects("" if prefix == ":*:" else prefix, _flag(req, "deleted"))


class Subject(Resource):
    """`/subjects/{subject}`."""

    def on_post(self, req: Request, resp: Response, subject: str) -> None:
        """Whether a schema is registered here, and as what."""
        resp.media = _described(self.store.lookup(subject, _schema(req), _flag(req, "deleted")))

    def on_delete(self, req: Request, resp: Response, subject: str) -> None:
        """Delete it with all versions."""
        resp.media = self.store.delete_subject(subject, _flag(req, "permanent"))


class Versions(Resource):
    """`/subjects/{subject}/versions` and each of them."""

    def on_get(self, req: Request, resp: Response, subject: str) -> None:
        """Their numbers."""
        resp.media = [version.number for version in self.store.versions(subject, _flag(req, "deleted"))]

    def on_post(self, req: Request, resp: Response, subject: str) -> None:
        """Register a schema."""
        made = self.store.register(subject, _schema(req))
        resp.media = {"id": made.id}

    def on_get_one(self, req: Request, resp: Response, subject: str, number: str) -> None:
        """One version."""
        resp.media = _described(self.store.version(subject, _number(number), _flag(req, "deleted")))

    def on_delete_one(self, req: Request, resp: Response, subject: str, number: str) -> None:
        """Delete one version."""
        resp.media = self.store.delete_version(subject, _number(number), _flag(req, "permanent"))

    def on_get_text(self, _: Request, resp: Response, subject: str, number: str) -> None:
        """The bare schema of one version."""
        resp.text = self.store.version(subject, _number(number)).schema.text
        resp.content_type = JSON_TYPE

    def on_get_references(self, _: Request, resp: Response, subject: str, number: str) -> None:
        """Schemas that refer to it: none, for references are refused."""
        self.store.version(subject, _number(number))
        resp.media = []


class Compatibility(Resource):
    """`/compatibility/subjects/{subject}/versions[/{number}]`."""

    def on_post(self, req: Request, resp: Response, subject: str) -> None:
        """Whether a schema may be the next version."""
        schema = _schema(req)
        try:
            earlier = [version.schema for version in self.store.versions(subject)]
        except RegistryError:
            earlier = []  # the first version of a subject may be anything
        resp.media = self._verdict(req, subject, schema, earlier)

    def on_post_one(self, req: Request, resp: Response, subject: str, number: str) -> None:
        """Whether a schema is compatible with one version."""
        schema = _schema(req)
        resp.media = self._verdict(req, subject, schema, [self.store.version(subject, _number(number)).schema])

    def _verdict(self, req: Request, subject: str, schema: Schema, earlier: list[Schema]) -> Mapping[str, Any]:
        problems = self.store.problems(subject, schema, earlier)
        said = {"messages": problems} if _flag(req, "verbose") else {}
        return {"is_compatible": not problems, **said}


class Config(Resource):
    """`/config[/{subject}]`: how compatible versions have to be."""

    def on_get(self, req: Request, resp: Response, subject: str | None = None) -> None:
        """The level."""
        resp.media = {"compatibilityLevel": self.store.level(subject, _flag(req, "defaultToGlobal"))}

    def on_put(self, req: Request, resp: Response, subject: str | None = None) -> None:
        """Set the level."""
        level = _body(req).get("compatibility")
        self.store.set_level(subject, level.upper() if isinstance(level, str) else "")
        resp.media = {"compatibility": self.store.level(subject)}

    def on_delete(self, _: Request, resp: Response, subject: str | None = None) -> None:
        """Take the level back."""
        resp.media = {"compatibilityLevel": self.store.reset_level(subject)}


class Mode(Resource):
    """`/mode[/{subject}]`: reading and writing is all it does."""

    def on_get(self, _: Request, resp: Response, subject: str | None = None) -> None:
        """The mode, of whatever subject."""
        if subject == "":
            raise no_subject(subject)
        resp.media = {"mode": "READWRITE"}


def _body(req: Request) -> Mapping[str, Any]:
    body = req.get_media()
    if not isinstance(body, dict):
        raise RegistryError(422, "The body is no JSON object")
    return body


def _schema(req: Request) -> Schema:
    """The schema in a request's body."""
    body = _body(req)
    text, kind = body.get("schema"), body.get("schemaType") or "AVRO"
    if not isinstance(text, str) or not isinstance(kind, str):
        raise RegistryError(42201, "Empty schema")
    if body.get("references"):
        raise RegistryError(42201, "Invalid schema: the embedded registry takes no references to other schemas")
    return Schema(text, kind)


def _flag(req: Request, name: str) -> bool:
    return (req.get_param(name) or "").lower() == "true"


def _number(text: str) -> int:
    """The number of a version in a path."""
    if text in ("latest", "-1"):
        return LATEST
    if text.isascii() and text.isdigit() and 1 <= int(text[:12]) < 2**31:
        return int(text[:12])
    allowed = 'Allowed: 1 to 2^31-1 and the string "latest"'
    raise RegistryError(42202, f"The specified version '{text[:20]}' is not a valid version id. {allowed}")


def _kind(schema: Schema) -> Mapping[str, str]:
    return {} if schema.kind == "AVRO" else {"schemaType": schema.kind}


def _described(version: Version) -> Mapping[str, Any]:
    return {
        "subject": version.subject,
        "version": version.number,
        "id": version.id,
        "schema": version.schema.text,
        **_kind(version.schema),
    }

"""Cloudflare's API on this machine: zones, their DNS records, and the custom domains of Workers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.clouds.refusal import Refusal, no_such

Json = dict[str, Any]
NOWHERE = "100::"
PAGE = 100
"""Records, where nobody says how many."""


class Zones:
    """Zones, their records and Workers' domains. Everything is in memory."""

    def __init__(self, script: Callable[[str, str], Json], number: Callable[[str], str]) -> None:
        self.script = script
        """The named Worker of an account. Raises `Refusal` where there is none."""
        self.number = number
        """A new id."""
        self.zones: dict[str, Json] = {}
        self.records: dict[tuple[str, str], Json] = {}
        """By zone and id."""
        self.domains: dict[tuple[str, str], Json] = {}
        """By account and id."""

    def table(self) -> list[tuple[str, str, Callable[..., Any]]]:
        """The calls: method, path and what answers."""
        records, domains = "/zones/<zone>/dns_records", "/accounts/<account>/workers/domains"
        return [
            ("POST", "/zones", self.add_zone),
            ("GET", "/zones/<zone>", self.zone),
            ("GET", records, self.list_records),
            ("POST", records, self.add_record),
            ("GET", f"{records}/<id>", self.record),
            ("PUT", f"{records}/<id>", self.change_record),
            ("DELETE", f"{records}/<id>", self.delete_record),
            ("GET", domains, self.list_domains),
            ("PUT", domains, self.attach),
            ("GET", f"{domains}/<id>", self.domain),
            ("DELETE", f"{domains}/<id>", self.detach),
        ]

    def add_zone(self, request: Request) -> Json:
        """A zone of an account; its name servers are Cloudflare's already."""
        given = request.get_json()
        zone = {"id": self.number("zone"), "name": given["name"], "account": given["account"], "status": "active"}
        self.zones[zone["id"]] = zone
        return zone

    def zone(self, request: Request, zone: str) -> Json:
        """One zone."""
        if zone not in self.zones:
            raise Refusal(400, 1001, "Invalid zone identifier")
        return self.zones[zone]

    def list_records(self, request: Request, zone: str) -> Response:
        """Every record of the zone, those of custom domains too: dnscontrol #4907; or those of a name, or of a type."""
        asked = {key: request.args.get(f"{key}.exact", request.args.get(key)) for key in ("name", "type")}
        mine = [record for (owner, _), record in self.records.items() if owner == zone]
        found = [one for one in mine if all(wanted in (None, one[key]) for key, wanted in asked.items())]
        page, size = int(request.args.get("page", 1)), int(request.args.get("per_page", PAGE))
        shown, pages = found[(page - 1) * size : page * size], -(-len(found) // size)
        info = {"page": page, "per_page": size, "count": len(shown), "total_count": len(found), "total_pages": pages}
        body = {"success": True, "errors": [], "messages": [], "result": shown, "result_info": info}
        return Response(json.dumps(body), mimetype="application/json")

    def add_record(self, request: Request, zone: str) -> Json:
        """A record. Not the same twice: 81058, ddns-go #1378."""
        return self.put_record(zone, request.get_json())

    def put_record(self, zone: str, given: Json, read_only: bool = False) -> Json:
        same = ("name", "type", "content")
        if any(all(one[key] == given[key] for key in same) for (at, _), one in self.records.items() if at == zone):
            raise Refusal(400, 81058, "An identical record already exists.")
        made = {**given, "id": self.number("record"), "proxiable": True, "meta": {"read_only": read_only}}
        self.records[zone, made["id"]] = made
        return made

    def record(self, request: Request, zone: str, id: str) -> Json:
        """One record."""
        if (zone, id) not in self.records:
            raise no_such("record")
        return self.records[zone, id]

    def change_record(self, request: Request, zone: str, id: str) -> Json:
        """Another name or content."""
        self.record(request, zone, id).update(request.get_json())
        return self.records[zone, id]

    def delete_record(self, request: Request, zone: str, id: str) -> Json:
        """Takes the record away. Not a custom domain's."""
        if self.record(request, zone, id)["meta"]["read_only"]:
            raise Refusal(400, 1043, "This record is managed by Workers and cannot be edited here")
        return {"id": self.records.pop((zone, id))["id"]}

    def list_domains(self, request: Request, account: str) -> list[Json]:
        """Every custom domain of the account, or of one host."""
        host = request.args.get("hostname")
        mine = [domain for (owner, _), domain in self.domains.items() if owner == account]
        return [domain for domain in mine if host in (None, domain["hostname"])]

    def attach(self, request: Request, account: str) -> Json:
        """Leads a host to a Worker, and makes its record and certificate. Not one with records of its own: 100117, workers-sdk
        #9878; nor one that another Worker has: 100116, alchemy-async #1384."""
        given = request.get_json()
        host, service, zone = given["hostname"], given["service"], self.zone(request, given["zone_id"])
        self.script(account, service)
        if zone["account"]["id"] != account or not f".{host}".endswith(f".{zone['name']}"):
            raise Refusal(400, 100119, f"Hostname '{host}' is not in the zone {zone['name']} of this account")
        if mine := next((one for one in self.domains.values() if one["hostname"] == host), None):
            if mine["service"] != service:
                raise Refusal(
                    409,
                    100116,
                    f"Hostname '{host}' already in use by other custom domain. Either delete it, try a different hostname, "
                    "or use the option 'override_existing_origin' to override.",
                )
            return mine
        if any(one["name"] == host and one["type"] in ("A", "AAAA", "CNAME") for one in self.records.values()):
            raise Refusal(
                409,
                100117,
                f"Hostname '{host}' already has externally managed DNS records (A, CNAME, etc). Either delete them, try a "
                "different hostname, or use the option 'override_existing_dns_record' to override.",
            )
        self.put_record(zone["id"], {"name": host, "type": "AAAA", "content": NOWHERE, "proxied": True}, read_only=True)
        made = {"id": self.number("domain"), "hostname": host, "service": service, "zone_id": zone["id"]}
        made |= {"zone_name": zone["name"], "cert_id": self.number("certificate"), "environment": "production"}
        self.domains[account, made["id"]] = made
        return made

    def domain(self, request: Request, account: str, id: str) -> Json:
        """One custom domain."""
        if (account, id) not in self.domains:
            raise no_such("domain")
        return self.domains[account, id]

    def detach(self, request: Request, account: str, id: str) -> None:
        """Lets go of the host, and takes its record away."""
        host = self.domain(request, account, id)["hostname"]
        del self.domains[account, id]
        self.records = {
            key: one for key, one in self.records.items() if one["name"] != host or not one["meta"]["read_only"]
        }

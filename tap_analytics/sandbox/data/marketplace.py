"""Records of the marketplace API: what is ordinary; its edge cases are in `edge_cases`."""

from __future__ import annotations

from .values import OFFSETS, SECOND, Record, SeededRandom, identity, iso

_DAY = 86_400 * SECOND


def format_modified(index: int, micros: int) -> str:
    """Format a modification time with `Z`, and now and then with an offset."""
    return iso(micros, offset=OFFSETS[index % 3] if index % 10 in {3, 6, 9} else 0)


def _time(rng: SeededRandom) -> str:
    micros = (19_723 + rng.below(500)) * _DAY + rng.below(86_400) * SECOND
    fraction = rng.pick(0, 0, rng.below(1_000) * 1_000, rng.below(SECOND))
    return iso(micros + fraction, offset=rng.pick(0, 0, -6))


class Entities:
    """Makes the records of the five entity resources, with keys that refer to each other."""

    def __init__(self, seed: int, rows: dict[str, int]) -> None:
        """Take the seed and the number of records of each stream, for foreign keys that exist."""
        self.seed = seed
        self.rows = rows

    def _some(self, rng: SeededRandom, stream: str) -> str | None:
        """Return the key of some record of another stream, if that has any."""
        rows = self.rows[stream]
        return identity(self.seed, stream, rng.below(rows)) if rows else None

    def buyer(self, rng: SeededRandom, index: int) -> Record:
        """Return an ordinary buyer, without key and modification time."""
        return {
            **_cloudy(rng, index, "buyer"),
            "cloud_account_id": f"{rng.below(10**10):012d}",
            "cloud_identifiers": {"account_id": f"{rng.below(10**10):012d}", "rank": index},
            "domain": f"b{index}.example.com",
            "latest_contract_id": self._some(rng, "contracts"),
            "listing_id": self._some(rng, "listings"),
            "name": f"Buyer {index}",
        }

    def listing(self, rng: SeededRandom, index: int) -> Record:
        """Return an ordinary listing, without key and modification time."""
        return {
            "cloud": rng.pick("aws", "azure", "gcp"),
            "status": rng.pick("listed", "draft"),
            "cloud_id": f"prod-{rng.getrandbits(48):012x}",
            "cloud_url": f"https://cloud.example.com/l/{index}",
            "eula_type": rng.pick("standard", "custom"),
            "eula_url": "https://example.com/eula",
            "long_description": 'Lines\nand "quotes", commas; caf\u00e9 \u2615 \U0001f680',
            "short_description": f"Product {index}",
            "title": f"Listing {index}",
        }

    def contract(self, rng: SeededRandom, index: int) -> Record:
        """Return an ordinary contract, without key and modification time."""
        return {
            **_cloudy(rng, index, "contract"),
            "accepted_at": _time(rng),
            "auto_renew": rng.flip(),
            "buyer_id": self._some(rng, "buyers"),
            "cloud_id": f"agmt-{rng.getrandbits(48):012x}",
            "cloud_identifiers": {"agreement": f"{rng.below(10**6):08d}"},
            "cloud_url": f"https://cloud.example.com/c/{index}",
            "duration": rng.pick("P12M", "P36M"),
            "end_at": _time(rng),
            "latest_offer_id": self._some(rng, "private_offers"),
            "listing_id": self._some(rng, "listings"),
            "offer_type": rng.pick("private", "public"),
            "start_at": _time(rng),
        }

    def opportunity(self, rng: SeededRandom, index: int) -> Record:
        """Return an ordinary opportunity, without key and modification time."""
        return {
            **_cloudy(rng, index, "opportunity"),
            "accept_by": _time(rng),
            "cloud_id": f"O{rng.below(10**7):07d}",
            "cloud_url": f"https://cloud.example.com/o/{index}",
            "created_at": _time(rng),
            "customer_company": f"Company {rng.below(900)}",
            "customer_website": "https://example.com",
            "stage": rng.pick("Qualified", "Launched"),
            "target_close_date": rng.pick(rng.day(), f"{rng.day()}T00:00:00Z"),
            "title": f"Opportunity {index}",
        }

    def private_offer(self, rng: SeededRandom, index: int) -> Record:
        """Return an ordinary private offer, without key and modification time."""
        return {
            "cloud": rng.pick("aws", "azure", "gcp"),
            "status": rng.pick("pending", "accepted"),
            "custom_properties": {"deal": f"D-{index}"},
            "external_object_associations": {},
            "accepted_at": _time(rng),
            "archived": rng.flip() if index % 3 else rng.pick("true", "false"),
            "cloud_id": f"offer-{rng.getrandbits(48):012x}",
            "cloud_url": f"https://cloud.example.com/p/{index}",
            "duration": "P12M",
            "eula_type": "standard",
            "expiration_at": _time(rng),
            "listing_id": self._some(rng, "listings"),
            "name": f"Offer {index}",
            "offer_type": "private",
            "published_at": _time(rng),
        }


def _cloudy(rng: SeededRandom, index: int, noun: str) -> Record:
    """Return what several entities share."""
    return {
        "cloud": rng.pick("aws", "azure", "gcp"),
        "status": rng.pick("active", "pending", "cancelled"),
        "custom_properties": {"segment": rng.pick("smb", "ent"), "score": rng.rate()}
        if index % 4
        else {},
        "external_object_associations": {"crm": {"type": noun, "id": f"{rng.below(10**5):07d}"}},
    }


def setting(rng: SeededRandom, index: int) -> Record:
    """Return a record of the small resource that has a single page."""
    return {
        "name": f"setting-{index}",
        "value": rng.pick("on", "off", 3),
        "updated_on": rng.day(),
    }


def event(rng: SeededRandom, index: int) -> Record:
    """Return a record of the resource that has no key."""
    return {
        "sequence": index,
        "kind": rng.pick("view", "click"),
        "amount": rng.money(),
        "at": _time(rng),
    }


def item(rng: SeededRandom, index: int) -> Record:
    """Return a record of the small stock list that every shape of response can serve."""
    return {
        "name": f"Item {index}",
        "quantity": rng.below(1_000),
        "price": rng.money(),
        "active": rng.flip(),
    }

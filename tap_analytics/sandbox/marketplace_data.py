"""Rows of the marketplace API's entities: what is ordinary, and every oddity its users have met."""

from __future__ import annotations

from .values import OFFSETS, SECOND, Dice, Record, identity, iso

_DAY = 86_400 * SECOND


def spell_modified(index: int, micros: int) -> str:
    """Spell a modification time with `Z`, and now and then with an offset."""
    return iso(micros, offset=OFFSETS[index % 3] if index % 10 in {3, 6, 9} else 0)


def _time(dice: Dice) -> str:
    micros = (19_723 + dice.below(500)) * _DAY + dice.below(86_400) * SECOND
    fraction = dice.pick(0, 0, dice.below(1_000) * 1_000, dice.below(SECOND))
    return iso(micros + fraction, offset=dice.pick(0, 0, -6))


class Entities:
    """Makes the rows of the five entity resources, with keys that refer to each other."""

    def __init__(self, seed: int, rows: dict[str, int]) -> None:
        """Take the seed and the number of rows of each stream, for foreign keys that exist."""
        self.seed = seed
        self.rows = rows

    def _some(self, dice: Dice, stream: str) -> str | None:
        """Return the key of some row of another stream, if that has any."""
        rows = self.rows[stream]
        return identity(self.seed, stream, dice.below(rows)) if rows else None

    def buyer(self, dice: Dice, index: int) -> Record:
        """Return an ordinary buyer, without key and modification time."""
        return {
            **_cloudy(dice, index, "buyer"),
            "cloud_account_id": f"{dice.below(10**10):012d}",
            "cloud_identifiers": {"account_id": f"{dice.below(10**10):012d}", "rank": index},
            "domain": f"b{index}.example.com",
            "latest_contract_id": self._some(dice, "contracts"),
            "listing_id": self._some(dice, "listings"),
            "name": f"Buyer {index}",
        }

    def listing(self, dice: Dice, index: int) -> Record:
        """Return an ordinary listing, without key and modification time."""
        return {
            "cloud": dice.pick("aws", "azure", "gcp"),
            "status": dice.pick("listed", "draft"),
            "cloud_id": f"prod-{dice.getrandbits(48):012x}",
            "cloud_url": f"https://cloud.example.com/l/{index}",
            "eula_type": dice.pick("standard", "custom"),
            "eula_url": "https://example.com/eula",
            "long_description": 'Lines\nand "quotes", commas; caf\u00e9 \u2615 \U0001f680',
            "short_description": f"Product {index}",
            "title": f"Listing {index}",
        }

    def contract(self, dice: Dice, index: int) -> Record:
        """Return an ordinary contract, without key and modification time."""
        return {
            **_cloudy(dice, index, "contract"),
            "accepted_at": _time(dice),
            "auto_renew": dice.flip(),
            "buyer_id": self._some(dice, "buyers"),
            "cloud_id": f"agmt-{dice.getrandbits(48):012x}",
            "cloud_identifiers": {"agreement": f"{dice.below(10**6):08d}"},
            "cloud_url": f"https://cloud.example.com/c/{index}",
            "duration": dice.pick("P12M", "P36M"),
            "end_at": _time(dice),
            "latest_offer_id": self._some(dice, "private_offers"),
            "listing_id": self._some(dice, "listings"),
            "offer_type": dice.pick("private", "public"),
            "start_at": _time(dice),
        }

    def opportunity(self, dice: Dice, index: int) -> Record:
        """Return an ordinary opportunity, without key and modification time."""
        return {
            **_cloudy(dice, index, "opportunity"),
            "accept_by": _time(dice),
            "cloud_id": f"O{dice.below(10**7):07d}",
            "cloud_url": f"https://cloud.example.com/o/{index}",
            "created_at": _time(dice),
            "customer_company": f"Company {dice.below(900)}",
            "customer_website": "https://example.com",
            "stage": dice.pick("Qualified", "Launched"),
            "target_close_date": dice.pick(dice.day(), f"{dice.day()}T00:00:00Z"),
            "title": f"Opportunity {index}",
        }

    def private_offer(self, dice: Dice, index: int) -> Record:
        """Return an ordinary private offer, without key and modification time."""
        return {
            "cloud": dice.pick("aws", "azure", "gcp"),
            "status": dice.pick("pending", "accepted"),
            "custom_properties": {"deal": f"D-{index}"},
            "external_object_associations": {},
            "accepted_at": _time(dice),
            "archived": dice.flip() if index % 3 else dice.pick("true", "false"),
            "cloud_id": f"offer-{dice.getrandbits(48):012x}",
            "cloud_url": f"https://cloud.example.com/p/{index}",
            "duration": "P12M",
            "eula_type": "standard",
            "expiration_at": _time(dice),
            "listing_id": self._some(dice, "listings"),
            "name": f"Offer {index}",
            "offer_type": "private",
            "published_at": _time(dice),
        }


def _cloudy(dice: Dice, index: int, noun: str) -> Record:
    """Return what several entities share."""
    return {
        "cloud": dice.pick("aws", "azure", "gcp"),
        "status": dice.pick("active", "pending", "cancelled"),
        "custom_properties": {"segment": dice.pick("smb", "ent"), "score": dice.rate()}
        if index % 4
        else {},
        "external_object_associations": {"crm": {"type": noun, "id": f"{dice.below(10**5):07d}"}},
    }


def setting(dice: Dice, index: int) -> Record:
    """Return a row of the small resource that answers in a single page."""
    return {
        "name": f"setting-{index}",
        "value": dice.pick("on", "off", 3),
        "updated_on": dice.day(),
    }


def event(dice: Dice, index: int) -> Record:
    """Return a row of the resource that has no key."""
    return {
        "sequence": index,
        "kind": dice.pick("view", "click"),
        "amount": dice.money(),
        "at": _time(dice),
    }

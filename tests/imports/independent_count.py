"""What does repairs.csv say of each group? Counted without Django and without a line of the project.

python independent_count.py FILE        prints them as JSON
"""

import csv
import json
import sys
from collections import Counter, defaultdict

STATUS = {
    "Fixed": "DELIVERED",
    "Repairable": "WAITING_PARTS",
    "End of life": "REJECTED",
    "Unknown": "IN_REVIEW",
}
ORDER = ["IN_REVIEW", "WAITING_APPROVAL", "REJECTED", "IN_REPAIR", "WAITING_PARTS", "READY", "DELIVERED"]


def count(path: str) -> dict[str, dict[str, object]]:
    """{group: {metric: figure}} of the file, in the shapes of the wire contract."""
    seen: set[tuple[str, str]] = set()
    groups: defaultdict[str, Counter[str]] = defaultdict(Counter)
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            group, number = row["group_identifier"].strip(), row["id"]
            if (group, number) in seen:
                raise SystemExit(f"{number} stands twice in {group}: these figures would need a rule")
            seen.add((group, number))
            groups[group][STATUS[row["repair_status"]]] += 1
    return {group: figures(statuses) for group, statuses in groups.items()}


def figures(statuses: Counter[str]) -> dict[str, object]:
    """The three metrics of one group."""
    total, rejected, completed = sum(statuses.values()), statuses["REJECTED"], statuses["DELIVERED"]
    return {
        "orders_overview": {
            "totalOrders": total,
            "activeOrders": total - rejected - completed,
            "rejectedOrders": rejected,
            "completedOrders": completed,
        },
        "orders_by_status": {"ordersByStatus": [{"status": status, "count": statuses[status]} for status in ORDER]},
        "orders_count_total": {"count": total},
    }


if __name__ == "__main__":
    json.dump(count(sys.argv[1]), sys.stdout)

"""The same text means the same negocio, always."""

import itertools

import pytest

from dashboards.importing import BadRow
from dashboards.imports.errors import BadOption
from dashboards.imports.negocios import Negocios, OneNegocio, codes
from dashboards.models import Negocio
from dashboards.models.negocio import CODE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Repair Café d’Annevoie", "repair-cafe-dannevoie"),
        ("Łódź Straße Ærø", "lodz-strasse-aero"),
        ("修理", "repairs"),
        ("-_-", "repairs"),
        ("x" * 200, "x" * 64),
    ],
)
def test_code_is_an_ascii_slug_of_the_name(name: str, code: str) -> None:
    tried = list(itertools.islice(codes(name, "repairs"), 3))
    assert tried[0] == code
    assert tried[1].endswith("-2")
    for one in tried:
        CODE(one)


def test_missing_negocio_is_made_with_name_kind_and_time_zone() -> None:
    made = Negocios("repairs", "Europe/Brussels").owner("Repair Café Liège")
    assert (made.code, made.name, made.kind, made.time_zone) == (
        "repair-cafe-liege", "Repair Café Liège", "repairs", "Europe/Brussels",
    )  # fmt: skip


@pytest.mark.parametrize("order", list(itertools.permutations(["Café X", "Cafe X", "cafe-x"])))
def test_texts_with_one_slug_stay_the_same_negocios_at_every_run(order: tuple[str, ...]) -> None:
    first = {text: Negocios("repairs").owner(text).pk for text in order}
    for again in itertools.permutations(order):
        run = Negocios("repairs")
        assert {text: run.owner(text).pk for text in again} == first
        assert run.created == 0
    assert len(set(first.values())) == 3
    assert set(Negocio.objects.values_list("code", flat=True)) == {"cafe-x", "cafe-x-2", "cafe-x-3"}


def test_code_of_another_kind_is_not_taken_over() -> None:
    Negocio.objects.create(code="uno", name="Uno", kind="citas")
    assert Negocios("repairs").owner("Uno").code == "uno-2"


def test_of_two_with_one_name_the_older_is_meant() -> None:
    older = Negocio.objects.create(code="b", name="Uno", kind="repairs")
    Negocio.objects.create(code="a", name="Uno", kind="repairs")
    assert Negocios("repairs").owner("Uno") == older


def test_name_that_is_too_long_is_a_bad_row() -> None:
    with pytest.raises(BadRow, match="longer than 200"):
        Negocios("repairs").owner("x" * 201)


def test_column_of_codes_finds_and_makes_by_code() -> None:
    there = Negocio.objects.create(code="demo-taller", name="Demo Taller", kind="repairs")
    by_code = Negocios("repairs", by_code=True)
    assert by_code.owner("demo-taller") == there
    assert by_code.owner("nuevo").code == "nuevo"
    with pytest.raises(BadRow, match="not a code"):
        by_code.owner("dos palabras")


def test_one_negocio_has_every_row() -> None:
    one = OneNegocio(Negocios("repairs", by_code=True), "taller-1")
    one.learn({""})
    assert one.owner("").code == one.owner("").code == "taller-1"
    assert one.created == 1


def test_one_negocio_of_another_kind_is_told() -> None:
    Negocio.objects.create(code="cola", name="Cola", kind="citas")
    with pytest.raises(BadOption, match="--negocio: 'cola' is of kind citas, not repairs"):
        OneNegocio(Negocios("repairs", by_code=True), "cola").owner("")


def test_known_negocios_cost_one_statement(django_assert_num_queries: "object") -> None:
    for name in "abc":
        Negocios("repairs").owner(name)
    run = Negocios("repairs")
    with django_assert_num_queries(1):  # type: ignore[operator]
        run.learn(set("abc"))
        assert [run.owner(name).name for name in "cab"] == list("cab")

"""Does a mapping say clearly what is wrong with it? Without a database."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from dashboards.attach.catalog import Column, Relation
from dashboards.attach.errors import BadMapping
from dashboards.attach.layouts import layouts_of
from dashboards.attach.mapping import Mapping, mapping_of, read_mapping
from dashboards.attach.quoting import name, text
from dashboards.attach.resolving import Plan, resolve
from dashboards.attach.rows import Place, Rows
from dashboards.attach.shape import Field, Table, shape_of
from dashboards.kinds import kinds


def field(name: str, type: str = "varchar", **more: Any) -> Field:
    known: dict[str, Any] = {"column": name, "nullable": False, "required": False, "default": "''"} | more
    return Field(name=name, type=type, **known)


LINK: dict[str, Any] = {"column": "zona_id", "nullable": True, "default": "NULL", "target": "zona"}
ID, OWNER = field("id", "bigint"), field("negocio", "bigint", column="negocio_id", target="negocio")
OUTSIDE = field("external_id", nullable=True, default="NULL")
WORDS = ("libre", "ocupado")
PLAZA = Table(
    "plaza", "lot_plaza",
    (ID, OWNER, OUTSIDE, field("numero", required=True), field("estado", choices=WORDS, default="'libre'"),
     field("zona", "bigint", **LINK), field("precio", "numeric", default="0"),
     field("desde", "timestamp with time zone", nullable=True, default="NULL"),
     field("letra", nullable=True, default="NULL")),
    ("estado",),
)  # fmt: skip
ZONA = Table("zona", "lot_zona", (ID, OWNER, OUTSIDE, field("letra")), None)
SHAPE = {"plaza": PLAZA, "zona": ZONA}
GOOD = """
[tables.plaza]
from = "puestos"
id = "codigo"
columns = { numero = "num", estado = "ocupada", zona = "zonaId", letra = "zonaId.nombre" }
maybe = { precio = ["precio", "valor"], desde = "desde" }
values.estado = { true = "ocupado", false = "libre" }
[tables.zona]
from = "zonas"
columns = { letra = "nombre" }
"""


def relation(name: str, columns: dict[str, tuple[str, str]], watchable: bool = True) -> Relation:
    found = {each: Column(each, type, category) for each, (type, category) in columns.items()}
    return Relation(name, watchable, found)


PUESTOS: dict[str, tuple[str, str]] = {
    "codigo": ("uuid", "U"), "num": ("integer", "N"), "ocupada": ("boolean", "B"), "zonaId": ("integer", "N"),
    "valor": ("double precision", "N"), "desde": ("timestamp without time zone", "D"),
}  # fmt: skip
ZONAS: dict[str, tuple[str, str]] = {"id": ("integer", "N"), "nombre": ("text", "S")}
CATALOG = {"puestos": relation("puestos", PUESTOS), "zonas": relation("zonas", ZONAS)}
PLACE = Place(7, "lot", "pulso", "public")


def read(document: str) -> Mapping:
    return mapping_of(tomllib.loads(document), "mine", "lot", SHAPE)


def problems(document: str, **catalog: Relation) -> list[str]:
    return resolve(read(document), SHAPE, CATALOG | catalog)[1]


def plan() -> Plan:
    found, wrong = resolve(read(GOOD), SHAPE, CATALOG)
    assert found is not None, wrong
    return found


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[tables.plaza]", "[tables.plazas]", "tables.plazas: lot has no such table; its tables are plaza, zona"),
        ("numero =", "numer =", "tables.plaza.columns.numer: plaza has no such column; it has numero, estado"),
        ('numero = "num", ', "", "tables.plaza.columns: has nothing for numero"),
        ('"num"', "7", "tables.plaza.columns.numero: is 7, not a column or a list of columns"),
        ('"num"', "{ valu = 1 }", "tables.plaza.columns.numero.valu: is not known; what is: value"),
        ('"libre"', '"vacio"', "tables.plaza.values.estado.false: 'vacio' is none of libre, ocupado"),
        ("values.estado", "values.precios", "tables.plaza.values.precios: plaza has no such column"),
        ('from = "puestos"', "", "tables.plaza.from: is missing"),
        ("[tables.zona]", "distinct = 1\n[tables.zona]", "tables.plaza.distinct: is 1, neither true nor false"),
        ("maybe", "may", "tables.plaza.may: is not known"),
        ("[tables.zona]", "[negocios]\nfrom='n'\nid='id'\n[tables.zona]", "tables.plaza.negocio: is missing"),
        (GOOD, "kind = 'citas'", "kind: is 'citas', not 'lot'"),
        (GOOD, "", "tables: is missing; the tables of lot are plaza, zona"),
        (GOOD, "tables = 1", "tables: has to be a table"),
    ],
)
def test_what_a_mapping_says_wrong_is_named_with_its_place(old: str, new: str, complaint: str) -> None:
    with pytest.raises(BadMapping) as caught:
        read(GOOD.replace(old, new, 1))
    assert str(caught.value).startswith(f"mine: {complaint}")


def test_a_file_that_is_not_there_or_not_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match="No such file"):
        read_mapping(tmp_path / "none.toml", "lot", SHAPE)
    (tmp_path / "bad.toml").write_text("[tables")
    with pytest.raises(BadMapping, match=r"bad\.toml: is not TOML"):
        read_mapping(tmp_path / "bad.toml", "lot", SHAPE)


def test_what_their_tables_lack_is_named_by_table_and_column() -> None:
    without = {name: column for name, column in PUESTOS.items() if name not in ("num", "codigo")}
    assert problems(GOOD, puestos=relation("puestos", without)) == [
        "puestos has no column codigo",
        "puestos has no column num (for plaza.numero)",
    ]
    assert resolve(read(GOOD), SHAPE, {"zonas": CATALOG["zonas"]})[1] == ["there is no table puestos"]
    assert "puestos is a view" in problems(GOOD, puestos=relation("puestos", PUESTOS, watchable=False))[0]


def test_a_value_that_their_column_cannot_have_is_named() -> None:
    assert problems(GOOD.replace("true =", "yes =")) == ["puestos.ocupada has no value 'yes' but true, false"]
    kinds_of = Relation(
        "puestos", True, {**CATALOG["puestos"].columns, "ocupada": Column("ocupada", "e", "E", ("si",))}
    )
    assert problems(GOOD, puestos=kinds_of)[0] == "puestos.ocupada has no value 'true' but si"


def test_a_column_of_a_type_that_cannot_be_read_so_is_named() -> None:
    wrong = relation("puestos", PUESTOS | {"valor": ("boolean", "B")})
    assert problems(GOOD, puestos=wrong) == ["puestos.valor is boolean, which can't be read as a number (precio)"]


def test_the_first_choice_that_is_there_is_read_and_what_may_be_missing_is_its_default() -> None:
    rows = Rows(plan(), plan().tables["plaza"], PLACE)
    assert rows.column(PLAZA.fields[6]) == 't."valor"::numeric'
    without = {name: column for name, column in PUESTOS.items() if name != "valor"}
    found, _ = resolve(read(GOOD), SHAPE, CATALOG | {"puestos": relation("puestos", without)})
    assert found is not None
    assert Rows(found, found.tables["plaza"], PLACE).column(PLAZA.fields[6]) == "(0)::numeric"


def test_a_column_of_a_linked_row_is_joined() -> None:
    sql = Rows(plan(), plan().tables["plaza"], PLACE).select()
    assert 'LEFT JOIN "public"."zonas" AS j0 ON j0."id" = t."zonaId"' in sql
    assert 'j0."nombre"::text::varchar AS "letra"' in sql


def test_keys_are_below_zero_and_keep_the_order_of_small_numbers() -> None:
    zona = Rows(plan(), plan().tables["zona"], PLACE).key()
    assert zona == f"""('{-(2**63) + 7 * 2**32 + 2**31}'::bigint + (t."id")::text::bigint)"""
    assert "hashtextextended" in Rows(plan(), plan().tables["plaza"], PLACE).key()


def test_a_moment_without_a_zone_is_the_negocios_or_the_mappings() -> None:
    desde = PLAZA.fields[7]
    assert "AT TIME ZONE n.time_zone" in Rows(plan(), plan().tables["plaza"], PLACE).column(desde)
    found, _ = resolve(read("time_zone = 'America/Lima'\n" + GOOD), SHAPE, CATALOG)
    assert found is not None
    assert "AT TIME ZONE 'America/Lima'" in Rows(found, found.tables["plaza"], PLACE).column(desde)


def test_only_the_columns_that_matter_are_looked_at() -> None:
    assert plan().read_of("puestos") == ["codigo", "desde", "num", "ocupada", "valor", "zonaId"]
    assert plan().read_of("zonas") == ["id", "nombre"]
    assert plan().sources() == ["puestos", "zonas"]


@pytest.mark.parametrize("hostile", ['a"; DROP TABLE x; --', "a'b", "a\\'b", "a\\"])
def test_names_and_texts_of_others_stay_names_and_texts(hostile: str) -> None:
    assert name("s", hostile) == f'"s"."{hostile.replace(chr(34), chr(34) * 2)}"'
    quoted = text(hostile)
    assert quoted.endswith("'")
    assert quoted.strip("E'").replace("''", "'").replace("\\\\", "\\") in (hostile, hostile.strip("'"))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", kinds())
def test_built_in_layouts_can_be_read(kind: str) -> None:
    shape = shape_of(kind)
    for layout in layouts_of(kind, shape).values():
        assert layout.document["about"]
        assert layout.document["kind"] == kind

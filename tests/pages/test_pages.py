"""Do the pages show what is, as it changes, to whom it belongs, and say so when they can't?"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.pages.house import House
from tests.pages.stage import BARBERIA, PASSWORD, PLATFORM_ADMIN, TALLER
from tests.pages.visitor import Visitor, visiting


@pytest.fixture
def visitor(browser: Browser, house: House) -> Iterator[Visitor]:
    """Nobody yet; in the end, nothing went wrong in the tab."""
    with visiting(browser, house) as visitor:
        yield visitor
        assert visitor.complaints == []


@pytest.fixture
def unlucky(browser: Browser, house: House) -> Iterator[Visitor]:
    """A visitor whose browser may complain: it will lose its server."""
    with visiting(browser, house) as visitor:
        yield visitor
    if not house.is_up():
        house.start()


def test_a_change_by_another_program_shows_without_a_reload(visitor: Visitor, house: House) -> None:
    house.cancel_all()
    visitor.log_in("ana").pick("Barbería Sol")
    visitor.sees("stats.citasHoy", "0")
    expect(visitor.page.get_by_text("Nadie espera")).to_be_visible()
    visitor.page.evaluate("window.sameDocument = true")
    house.book("Luz")
    visitor.sees("stats.citasHoy", "1")
    expect(visitor.figure("stats.citasHoy")).to_have_class(re.compile("fresh"))
    expect(visitor.page.get_by_role("row", name="Luz")).to_contain_text("Pendiente")
    expect(visitor.page.get_by_role("img", name="Citas de hoy por hora de inicio")).to_be_visible()
    expect(visitor.page.get_by_text("Nadie espera")).to_be_hidden()
    assert visitor.page.evaluate("window.sameDocument")


def test_every_figure_of_the_repairs_page_has_a_value(visitor: Visitor) -> None:
    visitor.log_in("beto").pick("Taller Luna")
    figures = visitor.page.locator("[data-metric]").all_text_contents()
    assert len(figures) == 9
    assert "—" not in figures
    visitor.sees("orders_revenue.totalRevenue", "$1.234,50")
    expect(visitor.page.get_by_role("row", name="Radio")).to_contain_text("Entregada")
    expect(visitor.page.get_by_role("row", name="Radio")).to_contain_text("Rosa Mora")


def test_a_name_with_markup_is_shown_as_text(visitor: Visitor, house: House) -> None:
    evil = '<img src=x onerror="window.broken=true">'
    house.cancel_all()
    house.book(evil)
    visitor.log_in("ana").pick("Barbería Sol")
    expect(visitor.page.get_by_text(evil)).to_be_visible()
    house.book(evil + "2")
    expect(visitor.page.get_by_text(evil + "2")).to_be_visible()
    assert visitor.page.locator("main img").count() == 0
    assert visitor.page.evaluate("window.broken") is None


def test_the_indicator_loses_and_regains_a_killed_server(unlucky: Visitor, house: House) -> None:
    house.cancel_all()
    unlucky.log_in("ana").pick("Barbería Sol")
    house.kill()
    unlucky.reads("Reconectando…")
    house.book()
    house.start()
    unlucky.is_live()
    unlucky.sees("stats.citasHoy", "1")
    house.book()
    unlucky.sees("stats.citasHoy", "2")


def test_a_frozen_server_is_not_called_live(unlucky: Visitor, house: House) -> None:
    unlucky.log_in("ana").pick("Barbería Sol")
    with house.frozen():
        unlucky.reads(r"Sin datos nuevos desde \d\d:\d\d")
    unlucky.is_live()


def test_a_page_that_never_ticks_notices_a_frozen_server_by_its_silence(unlucky: Visitor, house: House) -> None:
    unlucky.log_in("beto").pick("Taller Luna")
    with house.frozen():
        unlucky.page.evaluate("window.dispatchEvent(new Event('offline'))")
        unlucky.reads("Reconectando…")
    unlucky.is_live()


def test_the_page_of_anothers_negocio_is_not_there(unlucky: Visitor, house: House) -> None:
    unlucky.log_in("ana")
    assert unlucky.page.get_by_role("link", name="Taller Luna").count() == 0
    for code in (TALLER, "nowhere"):
        answer = unlucky.page.goto(f"{house.url}/{code}/")
        assert answer is not None
        assert answer.status == 404
        assert "Luna" not in unlucky.page.content()


def test_a_client_sees_the_figures_but_not_the_agenda(visitor: Visitor) -> None:
    visitor.log_in("eva").pick("Barbería Sol")
    expect(visitor.figure("stats.citasHoy")).to_be_visible()
    assert "Próximas citas" not in visitor.page.content()
    assert '"agenda"' not in visitor.page.content()


def test_a_superuser_watches_every_negocio_live(visitor: Visitor) -> None:
    visitor.log_in(PLATFORM_ADMIN).pick("Barbería Sol")
    visitor.page.goto(f"{visitor.house.url}/")
    visitor.pick("Taller Luna")


def test_who_has_no_session_any_more_is_told_and_can_log_in_again(unlucky: Visitor) -> None:
    page = unlucky.log_in("beto").page
    page.route("**/session/token", lambda route: route.abort())
    page.get_by_role("link", name="Taller Luna").click()
    unlucky.reads("Reconectando…")
    page.context.clear_cookies()
    page.unroute("**/session/token")
    unlucky.reads("La sesión terminó")
    page.get_by_role("link", name="Entrar").click()
    unlucky.fill_in("beto", PASSWORD)
    unlucky.is_live()


def test_a_wrong_password_is_answered_in_spanish(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.house.url}/")
    visitor.fill_in("ana", "otra-clave")
    expect(visitor.page.get_by_role("alert")).to_have_text("El usuario o la contraseña no son correctos.")


def test_who_logs_out_is_out(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.house.url}/")
    visitor.fill_in("eva", PASSWORD)
    visitor.page.get_by_role("button", name="Salir").click()
    visitor.page.goto(f"{visitor.house.url}/{BARBERIA}/")
    expect(visitor.page.get_by_role("heading", name="Entrar")).to_be_visible()


def test_without_javascript_the_figures_are_those_of_the_request(browser: Browser, house: House) -> None:
    house.cancel_all()
    house.book()
    with visiting(browser, house, java_script_enabled=False) as visitor:
        visitor.log_in("ana")
        visitor.page.goto(f"{house.url}/{BARBERIA}/")
        visitor.sees("stats.citasHoy", "1")
        visitor.reads("Cifras de cuando se cargó la página")


def test_nothing_is_wider_than_a_phone(browser: Browser, house: House) -> None:
    with visiting(browser, house, viewport={"width": 360, "height": 740}) as visitor:
        visitor.log_in(PLATFORM_ADMIN)
        for name in ("Barbería Sol", "Taller Luna"):
            visitor.pick(name)
            assert visitor.page.evaluate("document.documentElement.scrollWidth") == 360
            visitor.page.goto(f"{house.url}/")


def test_the_server_has_nothing_to_complain_about(house: House) -> None:
    assert "Traceback" not in house.log()

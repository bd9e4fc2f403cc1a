"""What was booked and hired, and what did people say of it?"""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from dashboards.businesses.tourism.models.catalogue import Servicio, Tour
from dashboards.businesses.tourism.models.record import Record, price
from dashboards.businesses.tourism.models.usuario import Usuario
from dashboards.rollups.declaring import RollUp
from dashboards.rollups.levels import Level, by_instant


class Reserva(Record):
    """Some persons on one tour on one day. It earns its monto once it is confirmed, as long as nobody cancels it."""

    class Estado(models.TextChoices):
        PENDIENTE = "pendiente", "Pendiente"
        CONFIRMADA = "confirmada", "Confirmada"
        COMPLETADA = "completada", "Completada"
        CANCELADA = "cancelada", "Cancelada"

    tour = models.ForeignKey(Tour, models.RESTRICT, related_name="reservas", verbose_name="tour")
    usuario = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="reservas", verbose_name="usuario"
    )
    fecha = models.DateField("fecha del tour")
    personas = models.PositiveIntegerField("personas", default=1, db_default=1, validators=[MinValueValidator(1)])
    monto = price("monto")
    estado = models.CharField(
        "estado", max_length=16, choices=Estado.choices, default=Estado.PENDIENTE, db_default=Estado.PENDIENTE
    )
    creada_en = models.DateTimeField("creada", default=timezone.now, db_default=Now())

    class Meta(Record.Meta):
        verbose_name = "reserva"
        verbose_name_plural = "reservas"
        ordering = ["-creada_en", "-pk"]
        indexes = [
            models.Index(fields=["negocio", "-creada_en", "-id"], name="tourism_reserva_recent"),
            models.Index(
                fields=["negocio"], condition=Q(estado="pendiente"), name="tourism_reserva_pending"
            ),
            models.Index(
                fields=["negocio", "fecha"], include=["estado", "personas"], name="tourism_reserva_by_day"
            ),
            models.Index(
                fields=["negocio", "tour"], include=["estado", "monto"], name="tourism_reserva_by_tour"
            ),
        ]  # fmt: skip
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(estado__in=["pendiente", "confirmada", "completada", "cancelada"]),
                name="tourism_reserva_known_estado",
            ),
            RollUp(
                name="tourism_reserva_tally",
                levels={
                    "tour": Level(number="tour_id", word="estado", amount="monto"),
                    "fecha": Level(day="fecha", amount="personas", where=~Q(estado="cancelada")),
                    **by_instant("creada_en", word="estado", amount="monto"),
                },
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tour} × {self.personas}, {self.fecha}"


class Contratacion(Record):
    """A service that somebody hired, at what it cost then."""

    servicio = models.ForeignKey(Servicio, models.RESTRICT, related_name="contrataciones", verbose_name="servicio")
    usuario = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="contrataciones", verbose_name="usuario"
    )
    precio = price("precio")
    creada_en = models.DateTimeField("creada", default=timezone.now, db_default=Now())

    class Meta(Record.Meta):
        verbose_name = "contratación"
        verbose_name_plural = "contrataciones"
        ordering = ["-creada_en", "-pk"]
        indexes = [models.Index(fields=["negocio", "creada_en"], include=["precio"], name="tourism_contratacion_sums")]
        constraints = [
            *Record.Meta.constraints,
            RollUp(name="tourism_contratacion_tally", levels=by_instant("creada_en", amount="precio")),
        ]

    def __str__(self) -> str:
        return f"{self.servicio} ({self.precio})"


class Recomendacion(Record):
    """What somebody thinks of a tour, service, place or guide, in one to five stars."""

    class Tipo(models.TextChoices):
        TOUR = "tour", "Tour"
        SERVICIO = "servicio", "Servicio"
        DESTINO = "destino", "Destino"
        GUIA = "guia", "Guía"

    class Estrellas(models.IntegerChoices):
        UNA = 1, "1 estrella"
        DOS = 2, "2 estrellas"
        TRES = 3, "3 estrellas"
        CUATRO = 4, "4 estrellas"
        CINCO = 5, "5 estrellas"

    titulo = models.CharField("título", max_length=200)
    comentario = models.TextField("comentario", blank=True, default="", db_default="")
    usuario = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="recomendaciones", verbose_name="usuario"
    )
    calificacion = models.PositiveSmallIntegerField("calificación", choices=Estrellas.choices)
    tipo = models.CharField("tipo", max_length=16, choices=Tipo.choices, default=Tipo.TOUR, db_default=Tipo.TOUR)
    referencia = models.CharField(
        "referencia", max_length=200, blank=True, default="", db_default="", help_text="El nombre de lo recomendado."
    )
    creada_en = models.DateTimeField("creada", default=timezone.now, db_default=Now())

    class Meta(Record.Meta):
        verbose_name = "recomendación"
        verbose_name_plural = "recomendaciones"
        ordering = ["-creada_en", "-pk"]
        indexes = [models.Index(fields=["negocio", "calificacion"], name="tourism_stars")]
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(calificacion__gte=1, calificacion__lte=5), name="tourism_one_to_five_stars"
            ),
            RollUp(name="tourism_recomendacion_tally", levels={"estrellas": Level(number="calificacion")}),
        ]

    def __str__(self) -> str:
        return f"{self.titulo} ({self.calificacion})"

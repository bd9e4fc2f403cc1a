"""What does a virtual queue keep: where it serves, what it offers, when it is open, and who comes when?"""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractHour

from dashboards.models import Owned
from dashboards.rollups.declaring import RollUp
from dashboards.rollups.levels import Level


class Estacion(Owned):
    """A place where one client at a time is served: a chair, a desk, a window."""

    nombre = models.CharField("nombre", max_length=120)
    activa = models.BooleanField("activa", default=True)

    class Meta:
        verbose_name = "estación"
        verbose_name_plural = "estaciones"
        ordering = ["nombre"]
        constraints = [models.UniqueConstraint(fields=["negocio", "nombre"], name="citas_one_estacion_per_name")]

    def __str__(self) -> str:
        return self.nombre


class Servicio(Owned):
    """What a client can book."""

    nombre = models.CharField("nombre", max_length=120)
    duracion = models.PositiveSmallIntegerField(
        "duración", default=30, validators=[MinValueValidator(1)], help_text="En minutos."
    )
    precio = models.DecimalField(
        "precio", max_digits=10, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    activo = models.BooleanField("activo", default=True)

    class Meta:
        verbose_name = "servicio"
        verbose_name_plural = "servicios"
        ordering = ["nombre"]
        constraints = [models.UniqueConstraint(fields=["negocio", "nombre"], name="citas_one_servicio_per_name")]

    def __str__(self) -> str:
        return self.nombre


class Horario(Owned):
    """When the negocio, or one of its estaciones, is open on a day of the week."""

    class Dia(models.IntegerChoices):
        """Days as Python counts them: date.weekday()."""

        LUNES = 0, "lunes"
        MARTES = 1, "martes"
        MIERCOLES = 2, "miércoles"
        JUEVES = 3, "jueves"
        VIERNES = 4, "viernes"
        SABADO = 5, "sábado"
        DOMINGO = 6, "domingo"

    estacion = models.ForeignKey(
        Estacion, models.CASCADE, null=True, blank=True, related_name="horarios",
        verbose_name="estación", help_text="Vacía: todo el negocio.",
    )  # fmt: skip
    dia = models.PositiveSmallIntegerField("día", choices=Dia.choices)
    abre = models.TimeField("abre")
    cierra = models.TimeField("cierra")

    class Meta:
        verbose_name = "horario"
        verbose_name_plural = "horarios"
        ordering = ["dia", "abre"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cierra__gt=F("abre")),
                name="citas_closes_after_it_opens",
                violation_error_message="Tiene que cerrar después de abrir.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_dia_display()} {self.abre:%H:%M}-{self.cierra:%H:%M}"


class Cita(Owned):
    """One client at one time, and how far it has come."""

    class Estado(models.TextChoices):
        PENDIENTE = "pendiente", "Pendiente"
        CONFIRMADA = "confirmada", "Confirmada"
        EN_ATENCION = "en_atencion", "En atención"
        ATENDIDA = "atendida", "Atendida"
        COMPLETADA = "completada", "Completada"
        CANCELADA = "cancelada", "Cancelada"
        NO_ASISTIO = "no_asistio", "No asistió"

    # Of these, somebody is still to be served.
    OPEN = (Estado.PENDIENTE, Estado.CONFIRMADA, Estado.EN_ATENCION)

    # NULL, not "", where there is none: only so can the unique index serve ON CONFLICT of an import.
    external_id = models.CharField("id externo", max_length=64, null=True, blank=True)
    cliente_id = models.CharField("id del cliente", max_length=64, blank=True)
    cliente_nombre = models.CharField("cliente", max_length=200, blank=True)
    estacion = models.ForeignKey(
        Estacion, models.SET_NULL, null=True, blank=True, related_name="citas", verbose_name="estación"
    )
    servicio = models.ForeignKey(
        Servicio, models.SET_NULL, null=True, blank=True, related_name="citas", verbose_name="servicio"
    )
    fecha = models.DateField("fecha")
    hora_inicio = models.TimeField("desde")
    hora_fin = models.TimeField("hasta", null=True, blank=True)
    estado = models.CharField("estado", max_length=16, choices=Estado.choices, default=Estado.PENDIENTE)
    creado_en = models.DateTimeField("creada", auto_now_add=True)
    actualizado_en = models.DateTimeField("actualizada", auto_now=True)

    class Meta:
        verbose_name = "cita"
        verbose_name_plural = "citas"
        constraints = [
            models.UniqueConstraint(fields=["negocio", "external_id"], name="citas_one_cita_per_external_id"),
            RollUp(
                name="citas_tally",
                levels={
                    "estado": Level(word="estado"),
                    "dia": Level(day="fecha", word="estado", number=ExtractHour("hora_inicio")),
                },
            ),
        ]
        indexes = [
            # All that the figures read, so that they come out of the index alone.
            models.Index(fields=["negocio", "fecha", "estado"], name="citas_by_day_and_estado"),
            models.Index(
                fields=["negocio", "fecha", "hora_inicio", "id"],
                condition=Q(estado__in=["pendiente", "confirmada", "en_atencion"]), name="citas_next",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.fecha} {self.hora_inicio:%H:%M} {self.cliente_nombre}".rstrip()

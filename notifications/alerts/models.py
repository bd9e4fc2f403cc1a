"""Which rules has who, and which of them were told and have not gone back since?"""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from dashboards.alerts import Alert, Comparison, Level
from dashboards.models import Negocio
from notifications.alerts.checking import complaints

NAME = RegexValidator(r"\A[a-z0-9_]{1,64}\Z", "Minúsculas, cifras y guion bajo; 64 como máximo.")


class AlertRule(models.Model):
    """A rule (dashboards.alerts.Alert) of one negocio; without a negocio, of every negocio of a kind.

    A negocio's rule takes the place of its kind's of the same name, and that of the one the kind declares.
    """

    negocio = models.ForeignKey(
        Negocio, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="negocio",
        help_text="Vacío: todos los de un tipo.",
    )  # fmt: skip
    kind = models.CharField("tipo", max_length=32, blank=True, help_text="Solo donde no se elige un negocio.")
    name = models.CharField(
        "nombre", max_length=64, validators=[NAME], help_text="El de una regla de fábrica la reemplaza."
    )
    metric = models.CharField("métrica", max_length=64)
    field = models.CharField(
        "campo", max_length=200, blank=True,
        help_text="Camino: totalCitas, porEstado.estado=libre.count; de una lista, cuántos hay.",
    )  # fmt: skip
    total = models.CharField(
        "total", max_length=200, blank=True, help_text="Otro campo: se compara el primero en % de este."
    )
    comparison = models.CharField("comparación", max_length=2, choices=Comparison.choices, default=Comparison.AT_LEAST)
    threshold = models.DecimalField("umbral", max_digits=14, decimal_places=2)
    hysteresis = models.DecimalField(
        "histéresis", max_digits=14, decimal_places=2, default=0, validators=[MinValueValidator(0)],
        help_text="Cuánto tiene que alejarse del umbral antes de poder avisar otra vez.",
    )  # fmt: skip
    daily = models.BooleanField("cuenta un día", default=False, help_text="Cada día empieza de nuevo.")
    level = models.CharField("nivel", max_length=16, choices=Level.choices, default=Level.WARNING)
    action_required = models.BooleanField("requiere acción", default=False)
    message = models.CharField("mensaje", max_length=500, help_text="Con {valor}, {umbral} y {negocio}.")
    topics = ArrayField(
        models.CharField(max_length=64), verbose_name="temas", default=list, blank=True,
        help_text="Además de «events», que oye todo el personal; separados por comas.",
    )  # fmt: skip
    user = models.CharField(
        "usuario", max_length=64, blank=True, help_text="El id de sus tokens: se le avisa solo a esta persona."
    )
    active = models.BooleanField("activa", default=True, help_text="Apagada, apaga también la de fábrica.")

    class Meta:
        db_table = "alert_rules"
        verbose_name = "regla de alerta"
        verbose_name_plural = "reglas de alerta"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["negocio", "name"], name="one_alert_rule_per_name",
                violation_error_message="Este negocio ya tiene una regla de este nombre.",
            ),
            models.UniqueConstraint(
                fields=["kind", "name"], condition=Q(negocio=None), name="one_alert_rule_per_kind_and_name",
                violation_error_message="Este tipo ya tiene una regla de este nombre.",
            ),
            models.CheckConstraint(
                condition=Q(negocio__isnull=False) ^ ~Q(kind=""), name="alert_rule_of_a_negocio_or_a_kind",
                violation_error_message="Una regla es de un negocio o de un tipo: uno de los dos.",
            ),
            models.CheckConstraint(
                condition=Q(comparison__in=Comparison.values) & Q(level__in=Level.values), name="alert_rule_known_words"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} ({self.negocio.code if self.negocio else self.kind})"

    def clean(self) -> None:
        """Refuse what no figure of the kind has, naming field and value."""
        super().clean()
        kind = self.negocio.kind if self.negocio is not None else self.kind
        if found := complaints(kind, self):
            raise ValidationError(found)

    @property
    def alert(self) -> Alert:
        """The rule itself."""
        return Alert(
            name=self.name, metric=self.metric, field=self.field, total=self.total,
            comparison=Comparison(self.comparison), threshold=self.threshold, hysteresis=self.hysteresis,
            daily=self.daily, level=Level(self.level), action_required=self.action_required, message=self.message,
            topics=tuple(self.topics), user=self.user, active=self.active,
        )  # fmt: skip


class AlertFiring(models.Model):
    """A rule that was told and hasn't gone back since."""

    # No foreign keys: they would lock rows of others in every refresh; and a kind's declared rule has no row.
    negocio_id = models.BigIntegerField()
    rule = models.CharField(max_length=64)
    condition = models.TextField(help_text="what it asked; changed, it is another rule")
    day = models.DateField(null=True, help_text="of a daily rule")
    at = models.DateTimeField()

    class Meta:
        db_table = "alert_firings"
        constraints = [models.UniqueConstraint(fields=["negocio_id", "rule"], name="one_firing_per_alert_rule")]

    def __str__(self) -> str:
        return f"{self.negocio_id}: {self.rule}"

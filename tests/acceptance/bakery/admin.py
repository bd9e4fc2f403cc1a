"""How does a bakery's staff tend its batches?"""

from django.contrib import admin

from dashboards.admin.owned import NegocioScopedAdmin

from .models import Horneada


@admin.register(Horneada)
class HorneadaAdmin(NegocioScopedAdmin):
    list_display = ("pan", "piezas", "precio", "negocio")
    list_select_related = ("negocio",)
    search_fields = ("pan", "negocio__code")

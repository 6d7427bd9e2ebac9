"""builtin/property-override (config-entries.md 2.0.3): arguments and order."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, every, first, until
from meshgw.entries.extensions import property_filter_rules as filters
from meshgw.entries.extensions import property_rules as rules
from meshgw.entries.extensions.arguments import Extension
from meshgw.entries.extensions.property_parts import PropertyArguments

PROPERTY_OVERRIDE = Extension(
    arguments=PropertyArguments,
    lenient=True,
    order=first(
        filters.override_without_patches,  # EX-14
        every(
            filters.override_proxy_type_unsupported,  # EX-29
            each(
                "Patches",
                until(
                    filters.patch_without_filter,  # EX-15
                    first(
                        filters.patch_resource_type_unknown,  # EX-16
                        filters.patch_direction_unknown,  # EX-17
                        filters.patch_services_inbound,  # EX-18
                        each("ResourceFilter.Services", filters.patch_service_unnamed),  # EX-19
                        rules.patch_op_unknown,  # EX-20
                        rules.patch_value_with_remove,  # EX-21
                        rules.patch_without_path,  # EX-22
                        rules.patch_path_unknown,  # EX-23, EX-24, EX-25
                        rules.patch_without_value,  # EX-26
                        rules.patch_value_unfit,  # EX-27, EX-28
                    ),
                ),
                all_items=True,
            ),
        ),
        rules.patches_not_checked,
    ),
)

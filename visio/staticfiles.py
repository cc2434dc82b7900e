"""Static files under names that change with their content, ES modules' imports included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrites `import` paths too, so that a module is never mixed with an older one."""

    support_js_module_import_aggregation = True
    manifest_strict = False

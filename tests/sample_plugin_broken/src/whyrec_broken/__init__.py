"""A plugin that cannot even be imported: everything else must go on."""

raise RuntimeError("this plugin is broken on purpose")

"""The reference is complete: every command, option, key, hook, capability, figure, error and plugin stands in it."""

import re
import tomllib
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from whyrec import CAPABILITIES, Registry, WhyrecError, errors, hookspecs, settings
from whyrec.config.load import SECTIONS, load_config
from whyrec.config.model import RunSettings
from whyrec.config.sections import DEFAULT_METRICS
from whyrec.config.split import split_keys
from whyrec_cli.main import COMMANDS, main

DOCS = Path(__file__).parents[2] / "docs"


def read(name):
    return (DOCS / "reference" / name).read_text(encoding="utf-8")


def bundled():
    """Kind and name of every plugin of this distribution; none of them is broken."""
    registry = Registry.discover()
    assert [b for b in registry.broken if b.distribution == "whyrec"] == []
    return {(p.kind, p.name) for p in registry.listed.values() if p.distribution == "whyrec"}


def commands(group, prefix):
    """Every command with its full name, groups' own commands too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{prefix} {name}", command


def test_every_command_and_option_is_documented() -> None:
    chapters = re.split(r"^## ", read("commands.md"), flags=re.M)
    found = dict(commands(main, "whyrec"))
    assert {name.split()[1] for name in found} == set(COMMANDS)
    for name, command in [*found.items(), ("whyrec", main)]:
        (chapter,) = [c for c in chapters if re.match(rf"`{name}( \[CONFIG\])?`\n", c)]
        for option in command.params:
            if isinstance(option, click.Option):
                for spelling in option.opts:
                    assert f"`{spelling}" in chapter, (name, spelling)


def test_no_option_is_documented_that_is_not_there() -> None:
    known = {s for _, c in commands(main, "whyrec") for o in c.params for s in (*o.opts, *o.secondary_opts)} | {"-h"}
    known |= {s for o in main.params for s in o.opts} | {"--help"}
    written = set(re.findall(r"`(-{1,2}[a-z][a-z-]*)", read("commands.md")))
    assert written - known == set()


def test_every_exit_code_is_documented() -> None:
    for code in (0, 1, 2, 3, 4, 130):
        assert f"\n| {code} |" in read("commands.md")


def test_every_config_key_is_documented_with_its_default() -> None:
    text = read("config.md")
    for section in SECTIONS:
        assert f"## `[{section}]`" in text or f"## `[[{section}]]`" in text
    for name, field in RunSettings.model_fields.items():
        assert f"| `{name}` | `{field.default}` |" in text
    split = text[text.index("## `[split]`") : text.index("## `[[recommender]]`")]
    for name, parameter in split_keys().items():
        assert f"`{name}`" in split
        if isinstance(parameter.default, float | int) and name != "seed":
            assert f"| `{name}` | `{parameter.default}` |" in split
    for key in ("use", "id", "players", "by", "weight"):
        assert f"`{key}`" in text
    for metric in DEFAULT_METRICS:
        assert f"`{metric}`" in text


def test_the_examples_in_the_config_page_load() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", read("config.md"), flags=re.S)
    assert blocks
    registry = Registry.discover()
    for block in blocks:
        config = load_config(text=block, source="config.md", registry=registry)
        assert config.recommenders


# Left out of the default comparison, which ends in four minutes: the deep family, and close kin of what is in it.
LEFT_OUT = {"vae", "two-tower", "sasrec", "gru", "caser", "cfgan", "edlae", "sparse-ease"}


def test_the_default_config_names_the_families() -> None:
    """All recommenders but those that need a world of their own, or minutes; the explainers of each family."""
    config = load_config(registry=Registry.discover())
    recommenders = {r.use for r in config.recommenders}
    assert {name for kind, name in bundled() if kind == "recommender"} - recommenders <= {"oracle", *LEFT_OUT}
    assert {"weights", "shapley", "lime", "shap", "random"} <= {e.use for e in config.explainers}


def test_every_hook_is_documented() -> None:
    for hook in (name for name in vars(hookspecs) if name.startswith("whyrec_")):
        assert f"`{hook}`" in read("hooks.md")
    for capability in CAPABILITIES:
        (method,) = [m for m in vars(capability) if not m.startswith("_") and callable(getattr(capability, m))]
        assert re.search(rf"\| `{capability.__name__}` \| `{method}\(", read("hooks.md"))


def test_the_plugin_in_the_hooks_page_works() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", read("hooks.md"), flags=re.S)
    space = {}
    exec(code, space)
    registry = Registry()
    registry.add(type("Module", (), {"whyrec_metrics": staticmethod(space["whyrec_metrics"])})(), name="page")
    assert registry.broken == []
    assert registry.names("metric") == ("filled",)
    (entry,) = re.findall(r"```toml\n(.*?)```", read("hooks.md"), flags=re.S)
    assert list(tomllib.loads(entry)["project"]["entry-points"]) == [hookspecs.GROUP]


def test_every_error_is_documented_with_its_exit_code() -> None:
    classes = {v for m in (errors, settings) for v in vars(m).values() if isinstance(v, type)}
    for cls in (c for c in classes if issubclass(c, WhyrecError)):
        assert f"| `{cls.__name__}` | {cls.exit_code} |" in read("errors.md")


def keys_of(value):
    """All keys of nested objects whose keys are fixed."""
    for key, inner in value.items():
        yield key
        if key in ("config", "versions", "better", "rejected", "filtered", "training_curve"):
            continue
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(one, dict):
                yield from (k for figure in one.values() for k in figure) if key == "metrics" else keys_of(one)


def test_every_key_of_a_result_is_documented(toy_registry) -> None:
    run = import_module("whyrec.comparison.run")
    text = (
        '[data]\nuse = "toy"\n[split]\nmin_events = 2\n[[recommender]]\nuse = "linear"\n'
        '[[explainer]]\nuse = "exact"\n[[metric]]\nuse = "residual"\n'
    )
    config = load_config(text=text, registry=toy_registry)
    result = run.compare(config, toy_registry).to_dict()
    assert result["cells"][0]["state"] == "done"
    page = read("result.md")
    for key in keys_of(result):
        assert f"`{key}`" in page, key
    assert f"`{result['schema']}`" in page


def test_the_plugin_page_is_what_the_plugins_say() -> None:
    spec = spec_from_file_location("make_plugins", DOCS / "make_plugins.py")
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    assert made.page(Registry.discover()) == read("plugins.md"), "run: python docs/make_plugins.py"
    for _, name in bundled():
        assert f"### `{name}`" in read("plugins.md")


@pytest.mark.parametrize(
    "name", ["config.md", "commands.md", "result.md", "hooks.md", "errors.md", "plugins.md", "web.md"]
)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", read(name)):
        assert (DOCS / "reference" / target).exists(), target


def test_help_names_the_docs_commands() -> None:
    text = CliRunner().invoke(main, ["--help"]).stdout
    for name, _ in commands(main, "whyrec"):
        assert name.split()[1] in text

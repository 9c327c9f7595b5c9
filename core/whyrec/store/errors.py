"""What can go wrong with a store: it cannot be used as it is, or the machine cannot write it."""

from whyrec.errors import InputError, WhyrecError


class StoreError(InputError):
    """A store that cannot be used: damaged, of another program, of a newer whyrec, held or not writable."""

    code = "WR-S001"


def not_writable(name: str, why: object) -> StoreError:
    """The error of a file that cannot be opened for writing."""
    return StoreError(
        f"{name}: cannot be opened for writing: {why}", hint="name another: --store PATH; or --store none"
    )


class DiskError(WhyrecError):
    """The machine could not write: the disk is full, or it failed."""

    exit_code = 4
    code = "WR-M003"

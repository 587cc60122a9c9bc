"""The root of every error that Shopclerk raises on purpose, and the catalogue's branch of it.

ShopclerkError
├── CatalogueError        a catalogue file cannot be used
├── JudgementError        judged queries cannot be read
├── WeightsError          weights are missing, or are not the ones that were asked for
└── IndexStoreError       the index on disk
    ├── IndexMissing      nothing has been indexed yet
    └── IndexDamaged      a file differs from its manifest

`agent.errors` adds the branches of the layers above.
"""


class ShopclerkError(Exception):
    """What went wrong, where, and what would work: one line, fit to be shown to a person."""


class CatalogueError(ShopclerkError):
    """A catalogue or mapping file that cannot be read, or holds no usable product."""


class JudgementError(ShopclerkError):
    """A file of judged queries that cannot be read, with file and line."""


class WeightsError(ShopclerkError):
    """Weights that are nowhere to be had, or whose hash is not the expected one."""


class IndexStoreError(ShopclerkError):
    """The index on disk cannot be read, built or switched."""


class IndexMissing(IndexStoreError):
    """No version of the index exists yet."""


class IndexDamaged(IndexStoreError):
    """A file of an index version is missing, truncated or changed."""

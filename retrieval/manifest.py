"""What one version of the index consists of, and whether its files still are what was written.

A damaged FAISS or array file often loads without an error, so every file's SHA-256 is kept. The
manifest itself is canonical JSON that ends with its own checksum: any changed byte shows.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from retrieval.errors import IndexDamaged
from retrieval.wheels import sha256

FORMAT = 2
NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One version: counts, what made it, and `files` as path -> SHA-256, tables as name -> digest.

    `version` is the catalogue version that SQL records too. `embedder` is empty for an index of
    words alone. `texts` says how passages are made, `cut` how words are.
    """

    version: str
    built_at: str
    products: int
    passages: int
    embedded: int
    embedder: str
    weights_hash: str
    dimension: int
    texts: str
    cut: str
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> "Manifest":
        """Write the manifest of the files that lie in `folder`; the manifest with `files`."""
        files = {
            path.relative_to(folder).as_posix(): sha256(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        sealed = replace(self, files=files)
        (folder / NAME).write_bytes(sealed.content())
        return sealed

    def content(self) -> bytes:
        """What `parse_manifest` reads."""
        return _sealed(asdict(self))

    @property
    def seal(self) -> str:
        """The manifest's own checksum, which the pointer repeats."""
        return _checksum(asdict(self))


def read_manifest(folder: Path) -> Manifest:
    """The manifest in `folder`. Raises IndexDamaged where it is missing, changed or too new."""
    try:
        return parse_manifest((folder / NAME).read_bytes(), folder.name)
    except OSError as error:
        raise _unusable(folder.name, error) from error


def parse_manifest(raw: bytes, version: str) -> Manifest:
    """The manifest that `version` was written with. Raises IndexDamaged where it is another."""
    try:
        content = json.loads(raw)
        content.pop("checksum")
        if raw != _sealed(content):
            raise ValueError("its checksum does not fit")
        if content["format"] != FORMAT:
            raise ValueError(f"it has format {content['format']}, this program reads {FORMAT}")
        return Manifest(**content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(version, error) from error


def damage(folder: Path, manifest: Manifest) -> list[str]:
    """Each file of the version that is missing, changed or not its own; empty: all is well."""
    faults = []
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            faults.append(f"{name} is missing")
        elif sha256(path) != expected:
            faults.append(f"{name} is changed or truncated")
    return faults


def _unusable(version: str, error: Exception) -> IndexDamaged:
    return IndexDamaged(
        f"index version {version}: {NAME} cannot be used ({error}); run `shopclerk index rebuild`"
    )


def _checksum(content: dict[str, object]) -> str:
    return hashlib.sha256(_canonical(content)).hexdigest()


def _canonical(content: dict[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1).encode()


def _sealed(content: dict[str, object]) -> bytes:
    return _canonical(content | {"checksum": _checksum(content)}) + b"\n"

"""The file of a backup: written under another name, then renamed; read only after a check."""

import contextlib
import hashlib
import json
import os
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.backup.manifest import NAME, Manifest, Part, read_manifest
from core.backup.problems import BackupProblem

CHUNK_BYTES = 1024 * 1024
_PARTIAL = ".partial"
_STALE_SECONDS = 24 * 3600


class PartWriter:
    """Adds files to the archive, taking their SHA-256 on the way."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, name: str, source: IO[bytes], *, deflate: bool = True) -> Part:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as target:
            while chunk := source.read(CHUNK_BYTES):
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        return Part(name, size, digest.hexdigest())

    def close_with(self, manifest: Manifest) -> None:
        text = json.dumps(manifest.as_json, indent=1, ensure_ascii=False)
        info = zipfile.ZipInfo(NAME)
        info.external_attr = 0o600 << 16
        self._archive.writestr(info, text)


def write_backup(path: Path, fill: Callable[[PartWriter], None]) -> str:
    """Writes the file by `fill` and gives it its name only when all of it is on the disk.

    Whatever stops the process, `path` is either absent or whole. Returns the SHA-256.

    Raises:
        FileExistsError: there is such a file; it is kept.
        OSError: no space, or no right to write. Nothing is left behind.
    """
    if path.exists():
        raise FileExistsError(f"{path} is there already")
    partial = path.with_name(f".{path.name}.{os.getpid()}{_PARTIAL}")
    descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w") as archive:
                fill(PartWriter(archive))
            file.flush()
            os.fsync(file.fileno())
            sha256 = _sha256_of(file)
        os.rename(partial, path)
        _sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)
    return sha256


def remove_stale_partials(folder: Path) -> None:
    """What a killed backup left behind a day ago or earlier."""
    for partial in folder.glob(f".*{_PARTIAL}*"):
        with contextlib.suppress(OSError):
            if time.time() - partial.stat().st_mtime > _STALE_SECONDS:
                partial.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256_of(file: IO[bytes]) -> str:
    file.seek(0)
    return _digest_of(file)


def _digest_of(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


@dataclass(frozen=True)
class BackupFile:
    """A backup whose every byte agrees with its manifest."""

    path: Path
    sha256: str
    manifest: Manifest

    @contextmanager
    def reading(self, part: Part) -> Iterator[IO[bytes]]:
        with zipfile.ZipFile(self.path) as archive, archive.open(part.name) as source:
            yield source

    def extract(self, part: Part, target: Path) -> None:
        """To a new file that only its owner can read."""
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, self.reading(part) as source:
            while chunk := source.read(CHUNK_BYTES):
                file.write(chunk)


def open_backup(path: Path) -> BackupFile:
    """Reads the whole file once.

    Raises:
        BackupProblem: it cannot be read, is cut off, or a part is not what the manifest says.
    """
    try:
        with path.open("rb") as file:
            sha256 = _sha256_of(file)
            with zipfile.ZipFile(file) as archive:
                return BackupFile(path, sha256, _checked(archive))
    except OSError as error:
        raise BackupProblem(f"{path} cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, EOFError, zlib.error, ValueError, KeyError) as error:
        raise BackupProblem(f"{path} is cut off, altered or no backup: {error}.") from error
    except BackupProblem as problem:
        raise BackupProblem(f"{path} cannot be used: {problem}.") from problem


def _checked(archive: zipfile.ZipFile) -> Manifest:
    names = archive.namelist()
    if NAME not in names:
        raise BackupProblem(f"it has no {NAME}")
    manifest = read_manifest(json.loads(archive.read(NAME)))
    expected = [*(part.name for part in manifest.parts), NAME]
    if sorted(names) != sorted(expected):
        odd = sorted(set(names) ^ set(expected)) or ["twice the same name"]
        raise BackupProblem(f"its files are not those of the manifest: {', '.join(odd)}")
    for part in manifest.parts:
        with archive.open(part.name) as source:
            found = _digest_of(source)
        if found != part.sha256:
            raise BackupProblem(f"{part.name} was altered: its SHA-256 is {found}")
    return manifest

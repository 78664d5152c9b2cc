"""Updates a function in the local stack whenever a file of its own, of `protocol` or of `shared` is saved: `make watch FUNCTION=on-text`.

It runs beside the SAM CLI, which brings watchdog.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

from watchdog.events import (
    EVENT_TYPE_CREATED,
    EVENT_TYPE_DELETED,
    EVENT_TYPE_MODIFIED,
    EVENT_TYPE_MOVED,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from .processes import ROOT, LocalStackError, end_on_signals
from .update import BuildFailed, check, update

CHANGES = {EVENT_TYPE_CREATED, EVENT_TYPE_DELETED, EVENT_TYPE_MODIFIED, EVENT_TYPE_MOVED}
"""cargo opens and closes files too."""
QUIET_SECONDS = 0.1
"""An editor touches a file several times to save it once."""


@contextmanager
def changes(*folders: str) -> Iterator[Iterator[None]]:
    """Each time that files were changed, from the block's beginning on, however long each time takes."""
    seen: SimpleQueue[FileSystemEvent] = SimpleQueue()

    class Note(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if event.event_type in CHANGES and not event.is_directory:
                seen.put(event)

    def each() -> Iterator[None]:
        while True:
            seen.get()
            with suppress(Empty):
                while True:
                    seen.get(timeout=QUIET_SECONDS)
            yield

    observer = Observer()
    for folder in folders:
        observer.schedule(Note(), str(ROOT / folder), recursive=True)
    observer.start()
    try:
        yield each()
    finally:
        observer.stop()
        observer.join()


def attempt(function: str) -> None:
    """What goes wrong may be right after the next change."""
    try:
        update(function)
    except (LocalStackError, BuildFailed) as error:
        print(error, file=sys.stderr)
    print("==> waiting for changes; Ctrl-C ends it", flush=True)


def main() -> int:
    end_on_signals()
    function = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        check(function)
        with changes(f"functions/{function}", "protocol", "shared") as saved:
            attempt(function)
            for _ in saved:
                attempt(function)
    except KeyboardInterrupt:
        return 0
    except LocalStackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Each function by itself: what `events/` holds for it, and what it must bring about, whoever invokes it.

`python -m invocation` writes `events/`.
"""

import pytest

pytest.register_assert_rewrite("invocation.outcomes")

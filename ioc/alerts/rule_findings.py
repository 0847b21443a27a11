"""What is to be said of a rule that matches nothing, never fires, always fires, flaps or is put aside: in words, with the figures that say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ioc.alerts.rule import Text

_ALWAYS = 0.9
_LEAST = 5
"""So many alerts make a habit."""


@dataclass(frozen=True)
class Figures:
    """How a rule did in a period of `days`; `matches` is how many subjects it looks at now, None where that cannot be counted."""

    days: int
    matches: int | None = None
    missing_layer: str | None = None
    missing_indicator: str | None = None
    fired: int = 0
    last_fired: datetime | None = None
    standing: int = 0
    flapping: int = 0
    firing_s: float = 0.0
    acknowledged: int = 0
    without_action: int = 0
    shelved: int = 0
    median_acknowledge_s: float | None = None

    @property
    def share_firing(self) -> float | None:
        """The share of the time that its subjects spent firing, None where it has none that can be counted."""
        return min(1.0, self.firing_s / (self.days * 86_400 * self.matches)) if self.matches else None


@dataclass(frozen=True)
class Finding:
    """One thing that is to be said of a rule; `code` is for programs."""

    code: str
    text: Text

    def told(self) -> dict[str, Any]:
        """Return it as an answer tells it."""
        return {"code": self.code, "text": {"vi": self.text.vi, "en": self.text.en}}


def findings(f: Figures) -> list[Finding]:
    """Return what is to be said, the gravest first; nothing where all is well."""
    return [Finding(code, Text(vi=vi, en=en)) for code, vi, en in (*_of_silence(f), *_of_noise(f))]


def _of_silence(f: Figures) -> Iterator[tuple[str, str, str]]:
    if f.missing_layer is not None:
        yield (
            "lacks_layer",
            f"Thiếu lớp bản đồ {f.missing_layer}: quy tắc chưa thể xét gì. Hãy công bố lớp này.",
            f"The layer {f.missing_layer} is not there: the rule can judge nothing. Publish it.",
        )
    elif f.missing_indicator is not None:
        yield (
            "lacks_indicator",
            f"Không có chỉ số {f.missing_indicator}: quy tắc chưa thể xét gì. Kiểm tra tên, hoặc tệp trong sdi/systems.",
            f"There is no indicator {f.missing_indicator}: the rule can judge nothing. Look at its name, or at the files in sdi/systems.",
        )
    elif f.matches == 0:
        yield (
            "matches_nothing",
            "Không trạm hay sự kiện nào khớp với quy tắc. Kiểm tra phần select: loại trạm, đại lượng, nguồn.",
            "No station or event matches the rule. Look at its select: kind, property, source.",
        )
    elif not f.fired and not f.standing:
        yield (
            "never_fired",
            f"Không cảnh báo nào trong {f.days} ngày. Nếu đã có sự việc mà quy tắc không báo, ngưỡng có thể quá cao.",
            f"No alert in {f.days} days. If something did happen meanwhile, its limits may be too far out.",
        )


def _of_noise(f: Figures) -> Iterator[tuple[str, str, str]]:
    share = f.share_firing
    if share is not None and share >= _ALWAYS:
        yield (
            "always_fires",
            f"Cảnh báo kéo dài {share:.0%} thời gian: không còn báo điều gì mới. Xem lại ngưỡng hoặc thiết bị.",
            f"It fires {share:.0%} of the time and tells nothing new. Look at its limits, or at the device.",
        )
    if f.flapping >= max(1, f.fired // _LEAST):
        yield (
            "flaps",
            f"{f.flapping} cảnh báo chập chờn. Đặt giá trị clear cách xa ngưỡng hơn, hoặc for, keep_firing_for dài hơn.",
            f"{f.flapping} alerts flap. Put clear further from the limit, or make for and keep_firing_for longer.",
        )
    if f.fired >= _LEAST and f.shelved >= _ALWAYS * f.fired:
        yield (
            "always_shelved",
            f"{f.shelved} trong {f.fired} cảnh báo bị gác lại: có thể không ai cần cảnh báo này.",
            f"{f.shelved} of {f.fired} alerts were shelved: perhaps nobody needs them.",
        )
    if f.acknowledged >= _LEAST and f.without_action >= _ALWAYS * f.acknowledged:
        yield (
            "no_action",
            f"{f.without_action} trong {f.acknowledged} cảnh báo được xác nhận mà không giao việc hay ghi chú gì.",
            f"{f.without_action} of {f.acknowledged} alerts were acknowledged with nobody assigned and no word written.",
        )

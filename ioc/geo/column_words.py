"""What people call the columns of live collections; layers name theirs themselves."""

from __future__ import annotations

from ioc.geo.documents import Language
from ioc.geo.entry import LIVE, Text

_TITLES = {
    "id": Text("Mã", "Id"),
    "source": Text("Hệ thống nguồn", "Source"),
    "station": Text("Mã trạm", "Station"),
    "name": Text("Tên", "Name"),
    "kind": Text("Loại", "Kind"),
    "state": Text("Trạng thái", "State"),
    "last_seen": Text("Tin mới nhất", "Last seen"),
    "interval_s": Text("Nhịp gửi (giây)", "Interval (s)"),
    "moving": Text("Di động", "Moving"),
    "speed": Text("Tốc độ", "Speed"),
    "heading": Text("Hướng", "Heading"),
    "unit_code": Text("Mã đơn vị", "Code of the unit"),
    "unit_level": Text("Cấp đơn vị", "Level of the unit"),
    "unit_name_vi": Text("Đơn vị (tiếng Việt)", "Unit (Vietnamese)"),
    "unit_name_en": Text("Đơn vị (tiếng Anh)", "Unit (English)"),
    "unit_valid_from": Text("Đơn vị có từ", "Unit since"),
    "title_vi": Text("Cảnh báo (tiếng Việt)", "Alert (Vietnamese)"),
    "title_en": Text("Cảnh báo (tiếng Anh)", "Alert (English)"),
    "rule": Text("Quy tắc", "Rule"),
    "severity": Text("Mức độ", "Severity"),
    "condition": Text("Tình trạng", "Condition"),
    "value": Text("Giá trị", "Value"),
    "limit_value": Text("Ngưỡng", "Limit"),
    "quality": Text("Chất lượng số liệu", "Quality"),
    "station_name": Text("Tên trạm", "Name of the station"),
    "property": Text("Đại lượng", "Property"),
    "direction": Text("Chiều", "Direction"),
    "uom": Text("Đơn vị đo", "Unit of measure"),
    "started_at": Text("Bắt đầu lúc", "Started at"),
    "fired_at": Text("Báo động lúc", "Fired at"),
    "updated_at": Text("Cập nhật lúc", "Updated at"),
    "cleared_at": Text("Hết lúc", "Cleared at"),
    "closed_at": Text("Đóng lúc", "Closed at"),
    "closed_by": Text("Người đóng", "Closed by"),
    "close_reason": Text("Lý do đóng", "Reason of closing"),
    "shelved_by": Text("Người tạm gác", "Shelved by"),
    "acknowledged": Text("Đã xác nhận", "Acknowledged"),
    "acknowledged_at": Text("Xác nhận lúc", "Acknowledged at"),
    "acknowledged_by": Text("Người xác nhận", "Acknowledged by"),
    "assignee": Text("Người được giao", "Assignee"),
    "shelved_until": Text("Tạm gác đến", "Shelved until"),
    "flapping": Text("Chập chờn", "Flapping"),
    "silenced": Text("Đang tắt tiếng", "Silenced"),
    "comments": Text("Số ghi chú", "Comments"),
    "open": Text("Đang mở", "Open"),
    "type": Text("Loại sự kiện", "Type"),
    "subject": Text("Đối tượng", "Subject"),
    "event_id": Text("Mã sự kiện", "Id of the event"),
    "time": Text("Thời điểm", "Time"),
    "named_unit_code": Text("Mã đơn vị đã gửi", "Code of the unit as sent"),
    "data": Text("Nội dung", "Data"),
    "code": Text("Mã", "Code"),
    "level": Text("Cấp", "Level"),
    "parent": Text("Thuộc đơn vị", "Part of"),
    "name_vi": Text("Tên (tiếng Việt)", "Name (Vietnamese)"),
    "name_en": Text("Tên (tiếng Anh)", "Name (English)"),
    "valid_from": Text("Có hiệu lực từ", "Valid from"),
    "valid_to": Text("Hết hiệu lực", "Valid to"),
    "stations": Text("Số trạm", "Stations"),
    "alerts_open": Text("Cảnh báo đang mở", "Open alerts"),
    "alerts_extreme": Text("Cảnh báo đặc biệt nghiêm trọng", "Extreme alerts"),
    "alerts_severe": Text("Cảnh báo nghiêm trọng", "Severe alerts"),
    "alerts_moderate": Text("Cảnh báo trung bình", "Moderate alerts"),
    "alerts_minor": Text("Cảnh báo nhẹ", "Minor alerts"),
    "figures_of": Text("Kỳ của các chỉ số", "Period of the figures"),
}
_TIME = "_time"


def column_title(collection: str, name: str, language: Language) -> str:
    """Return what people call a column: of a live collection in their language, with when it was measured; of a layer its name."""
    if collection not in LIVE:
        return name
    if name in _TITLES:
        return str(getattr(_TITLES[name], language))
    measured = name.removesuffix(_TIME)
    return name if measured == name else f"{measured} ({'lúc' if language == 'vi' else 'at'})"

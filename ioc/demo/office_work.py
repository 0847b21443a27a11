"""Documents, tasks, reports of citizens, ratings, reports and scores, meetings of the simulated offices: systems S11 to S15, S18, S21 and S22."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import mean

from ioc.demo.office_day import PROVINCE, Day, Event, communes, instant

_OWNERS = (
    "Sở Tài chính", "Sở Xây dựng", "Sở Y tế", "Sở Giáo dục và Đào tạo", "Sở Nông nghiệp và Môi trường", "Sở Công Thương",
    "Sở Khoa học và Công nghệ", "Sở Nội vụ", "Công an tỉnh", "UBND phường Bắc Giang",
)  # fmt: skip
_TASKS = (
    "Báo cáo giải ngân vốn đầu tư công", "Rà soát thủ tục hành chính", "Khắc phục điểm đen giao thông", "Kiểm tra an toàn hồ đập",
    "Hoàn thiện cơ sở dữ liệu đất đai", "Tổng hợp kiến nghị cử tri", "Triển khai chữ ký số cấp xã",
)  # fmt: skip
_SCORED_ON = 10
_CATEGORIES = ("waste", "road", "lighting", "noise", "parking", "water", "pollution")


def documents(day: Day) -> Iterator[Event]:
    """Yield the documents that are exchanged on a day, and the work dossiers that are dealt with."""
    for number in range(day.number(9)):
        subject = f"{number + 1}/{day.day:%d%m%y}-UBND"
        form = day.random.choices(("electronic", "both", "paper"), (0.9, 0.07, 0.03))[0]
        data = {"form": form, "signed": day.chance(0.94)}
        sent = day.at()
        yield Event("bg-tdoffice", "document.sent", f"{subject}-s", sent, subject, PROVINCE, data)
        yield Event("bg-tdoffice", "document.received", f"{subject}-r", sent + timedelta(minutes=3), subject, day.commune().code, data)
    for number in range(day.number(14)):
        commune, subject = day.commune(), f"CV-{day.day:%Y%m%d}-{number}"
        online = day.chance(0.82 + 0.18 * commune.skill)
        yield Event("bg-tdoffice", "work.processed", subject, day.at(), subject, commune.code, {"online": online})
    for number in range(day.number(4)):
        subject = f"CVT-{day.day:%Y%m%d}-{number}"
        yield Event("bg-tdoffice", "work.processed", subject, day.at(), subject, PROVINCE, {"online": day.chance(0.965)})


def tasks(day: Day) -> Iterator[Event]:
    """Yield the tasks that are assigned on a day, with their reminders and their end; some owners are slower than others."""
    for number in range(day.number(1.6)):
        subject, owner = f"NV-{day.day:%Y%m%d}-{number}", day.random.randrange(len(_OWNERS))
        slowness = 0.04 + 0.05 * (owner % 4)
        due = day.day + timedelta(days=day.random.randint(10, 35))
        assigned = day.at()
        done = day.later(assigned, 3, (due - day.day).days - 1)
        if day.chance(slowness):
            done = day.later(assigned, (due - day.day).days + 2, (due - day.day).days + 60)
        title = day.random.choice(_TASKS)
        data = {"owner": _OWNERS[owner], "title": title, "due": f"{due}"}
        yield Event("bg-nhiemvu", "task.assigned", f"{subject}-a", assigned, subject, PROVINCE, data)
        for nth, days in enumerate((-3, 1, 7, 14), start=1):
            reminded = instant(due + timedelta(days=days), 8.0)
            if assigned < reminded < done:
                yield Event("bg-nhiemvu", "task.reminded", f"{subject}-{nth}", reminded, subject, PROVINCE, {"nth": nth})
        yield Event("bg-nhiemvu", "task.done", f"{subject}-d", done, subject, PROVINCE)


def citizens_reports(day: Day) -> Iterator[Event]:
    """Yield the reports that citizens make on a day; a few places draw many."""
    for number in range(day.number(7) + 2):
        commune, subject = day.commune(), f"PA-{day.day:%Y%m%d}-{number}"
        category = day.random.choice(_CATEGORIES)
        spread = 0.15 if day.chance(0.4) else 1.5
        spot = commune.spot.moved(day.random.gauss(0, spread), day.random.gauss(0, spread))
        received = day.at(6, 22)
        data = {"category": category, "channel": day.random.choice(("app", "1022", "zalo", "web")), "due": f"{day.day + timedelta(days=5)}"}
        yield Event("bg-1022", "report.received", f"{subject}-r", received, subject, commune.code, data, spot)
        handled = {"category": category, "agency": commune.name}
        forwarded = received + timedelta(minutes=day.random.uniform(5, 90))
        yield Event("bg-1022", "report.forwarded", f"{subject}-f", forwarded, subject, commune.code, handled, spot)
        answered = day.later(forwarded, 0.2, 12 - 8 * commune.skill)
        yield Event("bg-1022", "report.answered", f"{subject}-a", answered, subject, commune.code, handled, spot)
        if day.chance(0.45):
            score = min(5, max(1, round(day.random.gauss(3.4 + 1.3 * commune.skill, 0.8))))
            rated = answered + timedelta(hours=day.random.uniform(1, 30))
            yield Event("bg-1022", "report.rated", f"{subject}-s", rated, subject, commune.code, {"score": score})


def desks(day: Day) -> Iterator[Event]:
    """Yield the visitors of the one-stop desks on a day, and how they rate them."""
    for number in range(day.number(12)):
        commune, subject = day.commune(), f"Q-{day.day:%Y%m%d}-{number}"
        desk, served = f"quay-{day.random.randint(1, 16)}", day.at()
        yield Event("bg-mc", "visitor.served", f"{subject}-v", served, subject, commune.code, {"desk": desk})
        if day.chance(0.55):
            score = min(5, max(1, round(day.random.gauss(4.0 + 0.7 * commune.skill, 0.7))))
            data = {"desk": desk, "officer": f"CB{day.random.randint(1, 40):02d}", "score": score}
            yield Event("bg-mc", "desk.rated", f"{subject}-s", served + timedelta(minutes=4), desk, commune.code, data)


def periodic_reports(day: Day) -> Iterator[Event]:
    """Yield the monthly reports of the communes, due on the 20th, and the yearly scores of communes and province."""
    if day.day.day == 1:
        for commune in communes(day.seed):
            subject = f"BC-{day.day:%Y%m}-{commune.code}"
            due = day.day.replace(day=20)
            asked = instant(day.day, 8.0)
            yield Event(
                "bg-baocao", "periodic-report.due", f"{subject}-d", asked, subject, commune.code, {"due": f"{due}", "form": "monthly"}
            )
            in_time = day.chance(0.75 + 0.24 * commune.skill)
            sent = day.later(asked, 11, 18) if in_time else day.later(asked, 20, 27)
            yield Event("bg-baocao", "periodic-report.submitted", f"{subject}-s", sent, subject, commune.code, {"form": "monthly"})
    if day.day.day == _SCORED_ON and day.day.month % 3 == 1:
        scored = [(commune.code, commune.skill) for commune in communes(day.seed)]
        for code, skill in (*scored, (PROVINCE, mean(skill for _, skill in scored))):
            for type_, name, least in (("score.assessed", "reform", 72.0), ("dti.assessed", "dti", 45.0)):
                score = round(least + 18 * skill + day.random.uniform(0, 6), 2)
                yield Event(
                    "bg-baocao",
                    type_,
                    f"{name}-{code}-{day.day:%Y%m}",
                    day.at(),
                    f"{name}-{code}",
                    code,
                    {"score": score, "year": day.day.year},
                )


def meetings(day: Day) -> Iterator[Event]:
    """Yield the meetings that are held on a day."""
    for number in range(day.number(0.9)):
        subject = f"HOP-{day.day:%Y%m%d}-{number}"
        paperless = day.chance(0.86)
        data = {"paperless": paperless} | ({"documents": day.random.randint(3, 20)} if paperless else {})
        yield Event("bg-ecabinet", "meeting.held", subject, day.at(8, 15), subject, PROVINCE, data)


def schools_and_teams(day: Day) -> Iterator[Event]:
    """Yield the schools that come further, the teams that form, and the yearly value of the digital economy."""
    for number in range(day.number(0.8)):
        commune = day.commune()
        stage = day.random.choices(("none", "piloting", "done"), (0.2, 0.5, 0.3))[0]
        subject = f"truong-{commune.code}-{day.random.randint(1, 3)}"
        yield Event("bg-edu", "school.stage", f"EDU-{day.day:%Y%m%d}-{number}", day.at(), subject, commune.code, {"stage": stage})
    for number in range(day.number(1.2)):
        subject = f"TO-{day.day:%Y%m%d}-{number}"
        yield Event("bg-kts", "team.formed", subject, day.at(), subject, day.commune().code, {"members": day.random.randint(5, 11)})
    if (day.day.month, day.day.day) == (2, 15):
        told: datetime = day.at()
        share = round(16.5 + 1.4 * (day.day.year - 2025), 1)
        yield Event("bg-kts", "economy.reported", f"KTS-{day.day.year}", told, "grdp", PROVINCE, {"share": share, "year": day.day.year - 1})

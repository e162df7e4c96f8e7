"""The errands as they are done: what is written into each file, and what is said where one was left out."""

from __future__ import annotations

from tests.errands.copies import Edit, Errand

OPERATIONS = "aimaq/regulation/model/operations.py"
_ROWS = "    for operation in (\n"

PEOPLE = Errand(
    "An operation that people perform",
    {
        OPERATIONS: (
            Edit(
                _ROWS,
                """        Operation(
            "interview",
            Texts("өтініш берушімен әңгімелесу", "беседа с заявителем", "talking with the applicant"),
            "the executor talks with the applicant",
            people_at=("lea",),
            takes=frozenset({"minutes"}),
            needs=frozenset({"minutes"}),
            status={"ok": "in_progress"},
        ),
""",
            ),
        ),
        "aimaq/web/front_desk/actions.py": (
            Edit(
                "@dataclass(frozen=True, slots=True)\nclass Action",
                '''class Interview(Body):
    """What came of the talk."""

    minutes: Annotated[str, Field(min_length=1, max_length=4000)]


''',
                before=True,
            ),
            Edit(
                "ACTIONS: dict[str, Action] = {\n",
                '    "interview": Action("interview", Interview, _plain, "Record what came of the talk."),\n',
            ),
        ),
        "stand/replay/operations.py": (
            Edit('    "accept": posted("acceptance"),\n', '    "interview": posted("interview"),\n'),
        ),
        "stand/flowfile/scaffold/deeds.py": (
            Edit(
                "WITH: dict[tuple[str, str], dict[str, Any]] = {\n",
                '    ("interview", "ok"): {"minutes": "Көгершінхана қаралды"},\n',
            ),
        ),
    },
    {
        OPERATIONS: r"aimaq/regulation/model/operations\.py: operation 'interview' lacks its declaration",
        "aimaq/web/front_desk/actions.py": r"aimaq/web/front_desk/actions\.py: operation "
        r"'interview' lacks an endpoint at lea",
        "stand/replay/operations.py": r"stand/replay/operations\.py: operation 'interview' lacks a call of the player",
        "stand/flowfile/scaffold/deeds.py": r"stand/flowfile/scaffold/deeds\.py: operation "
        r"'interview' lacks what a person gives",
    },
)

SYSTEM = Errand(
    "An operation that a system performs",
    {
        OPERATIONS: (
            Edit(
                _ROWS,
                """        Operation(
            "count-pigeons",
            Texts("көгершіндерді санау", "подсчёт голубей", "counting the pigeons"),
            "the system looks whether there are too many",
            by_system=True,
            outcomes=_CHECK,
        ),
""",
            ),
        ),
        "aimaq/casework/procedure/operations.py": (
            Edit(
                "OPERATIONS: dict[str, Operation] = {\n",
                """def _counted(context: ProcedureContext, step: Step, part: Part) -> str:
    return "ok" if int(context.case.form["pigeons"]) < 50 else "wrong"


""",
                before=True,
            ),
            Edit("OPERATIONS: dict[str, Operation] = {\n", '    "count-pigeons": _counted,\n'),
        ),
    },
    {
        OPERATIONS: r"aimaq/regulation/model/operations\.py: operation 'count-pigeons' lacks its declaration",
        "aimaq/casework/procedure/operations.py": r"aimaq/casework/procedure/operations\.py: operation "
        r"'count-pigeons' lacks a function that performs it",
    },
)

MESSAGE = Errand(
    "A message type",
    {
        "aimaq/language/messages.py": (
            Edit(
                "class MessageRejected(",
                '''class VisitPlanned(Body, frozen=True):
    """Somebody of the body will come and look."""

    number: Name


''',
                before=True,
            ),
            Edit(
                "    for t in (\n",
                """        _type(
            VisitPlanned,
            "NOTIFICATION",
            ("lea",),
            _PORTAL_AND_CON,
            _words("Келу күтіледі", "Назначен визит", "Visit planned"),
        ),
""",
            ),
        ),
        "aimaq/casework/procedure/bodies.py": (
            Edit("    StatusChanged,\n", "    VisitPlanned,\n"),
            Edit(
                "COMPOSE: dict[str, Callable[[ProcedureContext], Body]] = {\n",
                '    "VisitPlanned": lambda t: VisitPlanned(number=t.case.number),\n',
            ),
        ),
        "aimaq/casework/procedure/tracking.py": (
            Edit("       RegistryAnswered, MessageRejected\n", "       VisitPlanned\n"),
            Edit(
                "    return {\n",
                '''    def on_visit_planned(uow: UnitOfWork, received: Received) -> None:
        """Somebody will come."""
        procedure.receive(uow, received)

''',
                before=True,
            ),
            Edit("    return {\n", '        "VisitPlanned": on_visit_planned,\n'),
        ),
    },
    {
        "aimaq/language/messages.py": r"^aimaq: aimaq/language/messages\.py: name 'VisitPlanned' lacks its definition; "
        r"aimaq/casework/procedure/bodies\.py:\d+ takes it\n$",
        "aimaq/casework/procedure/bodies.py": r"aimaq/casework/procedure/bodies\.py: message type "
        r"'VisitPlanned' lacks a composer of its body",
        "aimaq/casework/procedure/tracking.py": r"aimaq/casework/procedure/tracking\.py: message type "
        r"'VisitPlanned' lacks a reaction of portal",
    },
)

REGISTER = Errand(
    "A register",
    {
        "aimaq/regulation/model/registers.py": (
            Edit(
                "    for one in (\n",
                """        Register(
            "breeders",
            Texts("Көгершін өсірушілер тізілімі", "Реестр голубеводов", "Register of pigeon breeders"),
            ("iin",),
            _iin,
            fields={"status": ("member", "expelled")},
        ),
""",
            ),
        ),
        "registry_svc/models.py": (
            Edit(
                "is_1, is_2, is_3 = ",
                'breeders = _entries("breeders", sa.Column("status", sa.String(16)))\n\n',
                before=True,
            ),
        ),
        "registry_svc/registers/schemas.py": (
            Edit(
                "class Facts(Record)",
                '''class Breeder(Entry):
    """A breeder of pigeons."""

    status: Literal["member", "expelled"]


''',
                before=True,
            ),
            Edit("SCHEMAS: dict[str, type[Record]] = {\n", '    "breeders": Breeder,\n'),
        ),
    },
    {
        "aimaq/regulation/model/registers.py": r"aimaq/regulation/model/registers\.py: register "
        r"'breeders' lacks its declaration",
        "registry_svc/models.py": r"registry_svc/models\.py: register 'breeders' lacks a table of its name",
        "registry_svc/registers/schemas.py": r"registry_svc/registers/schemas\.py: register "
        r"'breeders' lacks a schema of its records",
    },
)

BUS = Errand(
    "A bus adapter",
    {
        "aimaq/bus/spool.py": (
            Edit(
                "",
                '''"""A bus for a party that talks to itself."""

from __future__ import annotations

from aimaq.bus.memory import MemoryBroker, MemoryBus
from aimaq.settings import Settings


def spool(settings: Settings) -> MemoryBus:
    """The party's place at a broker of its own."""
    return MemoryBroker().connect(settings.party)
''',
            ),
        ),
        "stand/runtime/assembly.py": (
            Edit("from aimaq.language.clock import Clock\n", "from aimaq.bus.spool import spool\n", before=True),
            Edit("BUSES: dict[str, Callable[[Settings], Bus]] = {", '"spool": spool, '),
        ),
    },
    {
        "aimaq/bus/spool.py": r"stand/runtime/assembly\.py.*\n.*\n.*No module named 'aimaq\.bus\.spool'",
        "stand/runtime/assembly.py": r"stand/runtime/assembly\.py: bus 'spool' lacks an "
        r"adapter; AIMAQ_BROKER_URL may begin with amqp",
    },
)

ENDPOINT = Errand(
    "An endpoint",
    {
        "con_svc/views.py": (
            Edit(
                "async def worklist(",
                '''@dataclass(frozen=True, slots=True)
class Crowd:
    """How many wait to be called up."""

    waiting: int


''',
                before=True,
            ),
        ),
        "con_svc/endpoints.py": (
            Edit(
                '    api = APIRouter(tags=["queue"])\n',
                '''
    @api.get("/crowd", response_model=views.Crowd, dependencies=[ANYONE])
    async def crowd() -> Response:
        """How many wait to be called up, as the screen in the hall shows it."""
        return say(views.Crowd(len(await queue.waiting())))
''',
            ),
        ),
    },
    {
        "con_svc/views.py": r"con_svc/views\.py: name 'Crowd' lacks its definition; con_svc/endpoints\.py:\d+ takes it",
        "con_svc/endpoints.py": r"con_svc/endpoints\.py: view 'Crowd' lacks an endpoint that answers with it",
    },
)

"""The autopilot: an official who takes up every request at once, grants it and signs; for stands without staff.

It does what an official does through the same operations; only the hand is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding

from aimaq import workflow
from aimaq.desk import Desk
from aimaq.documents import result_document
from aimaq.eds.certificates import read
from aimaq.eds.cms import DocumentSigner
from aimaq.keystore import keys_of, load_pair
from aimaq.service import Surroundings
from aimaq.work import Work
from lea_svc import office


@dataclass(frozen=True, slots=True)
class Autopilot:
    """The official's IIN and signature."""

    iin: str
    signer: DocumentSigner

    @classmethod
    def of(cls, around: Surroundings) -> Autopilot:
        """The autopilot whose key lies in the stand's home; Unconfigured if there is none."""
        key, found = load_pair(keys_of(around.settings.home, "autopilot"), around.clock.now())
        certificate = read(found.public_bytes(Encoding.DER))
        return cls(certificate.person.iin or "", DocumentSigner(key, certificate))

    def decide(self, desk: Desk, work: Work) -> None:
        """Do every part that waits for an official in the case of `work`, up to the signed decision."""
        case = work.known_case()
        flow = desk.flow(case)
        while not workflow.ended(case.at):
            part = workflow.standing(flow, case.at)[1]
            if part.does == "accept":
                office.accept(desk, work)
            elif part.does == "prepare":
                office.prepare(desk, work, "granted", "")
            elif part.does == "decide":
                document = result_document(desk.catalogue.regulation(case.regulation), case, self.iin)
                office.decide(desk, work, (document, self.signer.sign(document, work.now)))
            else:
                return

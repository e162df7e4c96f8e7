"""Collecting what proves a case, over REST, into the files of a bundle (`stand.bundle.archive`)."""

from __future__ import annotations

import asyncio
import base64
from typing import Any
from urllib.parse import quote

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.x509.trust import TrustStore
from aimaq.http.client import exchange
from aimaq.language.envelope import read
from aimaq.language.errors import AimaqError, NotFound, Technical, Unavailable
from aimaq.language.messages import ResultIssued
from aimaq.language.signing.jws import Directory, thumbprint
from aimaq.regulation.model.vocabulary import SYSTEMS
from gateway_svc.journal.statement import Statement, read_statement
from stand.bundle.archive import STATEMENT, Proof, pack, written
from stand.bundle.certificate_status import Statuses
from stand.bundle.signers import signers
from stand.client.address import StandAddress
from stand.client.http import Reply, ServiceClient

AT_ONCE = 8
PAGE = 500


class CaseFile:
    """The files of one case's bundle, as they come in."""

    def __init__(self, session: httpx.AsyncClient, stand: StandAddress, case_id: str) -> None:
        self._session, self._stand, self._case_id = session, stand, case_id
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.files: dict[str, bytes] = {}
        self.missing: dict[str, str] = {}
        """What could not be had, by the name of its file, and why."""
        self._papers: set[tuple[bytes, bytes]] = set()
        self._named: set[str] = set()
        """The thumbprints of the certificates that signatures name."""

    async def collected(self) -> bytes:
        """The bundle; NotFound if the stand has no such case, Unavailable if it is out of reach."""
        data, statement = await self._statement()
        await self._json("gateway", "/journal/blocks", "POST")
        trace = (await self._json("gateway", f"/cases/{quote(self._case_id)}/trace")).body
        # The journal only grows: what the statement speaks of are the first so many, and others may have come since.
        ids = [message["message_id"] for message in trace["messages"]][: len(statement.entries)]
        blocks = await asyncio.gather(*(self._message(message_id) for message_id in ids))
        await self._blocks(min(blocks), max(blocks))
        trust = await self._certificates()
        for party in SYSTEMS:
            await self._papers_at(party)
        described = Statuses(self._session, self._stand.urls["registry"], trust)
        await described.ask(signers(self.files), data, statement)
        self.files |= described.files
        self.missing |= described.missing
        return pack(self._case_id, self.files, self.missing)

    async def _statement(self) -> tuple[bytes, Statement]:
        """What the gateway says of the case: as it was signed, and read."""
        made = (await self._json("gateway", f"/journal/cases/{quote(self._case_id)}/statement")).body
        data = made["statement"].encode()
        statement = read_statement(data)
        if statement is None:
            raise Unavailable(Technical("the gateway's statement on the case cannot be read"))
        self.files |= {f"{STATEMENT}.json": data, f"{STATEMENT}.jws": made["signature"].encode()}
        self._note(made["signature"])
        if made["stamp"] is not None:
            self.files[f"{STATEMENT}.tst"] = base64.b64decode(made["stamp"])
        else:
            self.missing[f"{STATEMENT}.tst"] = made["stamp_note"]
        return data, statement

    async def _message(self, message_id: str) -> int:
        """A message with its entry and proof; the number of its block."""
        async with self._gate:
            data, signature = await self._raw("gateway", f"/messages/{message_id}")
            proof = (await self._json("gateway", f"/journal/proof/{message_id}")).body
        if proof["block"] is None:
            raise Unavailable(Technical(f"the block with message {message_id} is not closed yet"))
        name, lead = (
            f"{proof['number']:06}",
            Proof(proof["previous"], proof["block"], proof["index"], proof["size"], tuple(proof["path"])),
        )
        self.files |= {
            f"messages/{name}.json": data,
            f"messages/{name}.jws": signature.encode(),
            f"entries/{name}.json": proof["entry"].encode(),
            f"proofs/{name}.json": written(lead),
        }
        self._note(signature)
        self._documents_in(name, data)
        block: int = proof["block"]
        return block

    def _documents_in(self, name: str, data: bytes) -> None:
        for kind, document, signature in documents_in(data):
            self._papers.add((document, signature))
            self.files |= {f"documents/{name}-{kind}.bin": document, f"documents/{name}-{kind}.p7s": signature}
        if pdf := paper_in(data):
            self.files[f"documents/{name}-result.pdf"] = pdf

    async def _blocks(self, first: int, last: int) -> None:
        """These blocks, and those after them as far as the next that has a time stamp, if there is one."""
        after, beyond, done = first - 1, list[dict[str, Any]](), False
        while not done:
            page = (await self._json("gateway", f"/journal/blocks?after={after}&limit={PAGE}")).body["items"]
            for block in page:
                if block["number"] <= last:
                    self._block(block)
                else:
                    beyond.append(block)
                if done := block["number"] >= last and block["stamp"] is not None:
                    for one in beyond:
                        self._block(one)
                    break
            done = done or len(page) < PAGE
            after += len(page)

    def _block(self, block: dict[str, Any]) -> None:
        name = f"blocks/{block['number']:06}"
        self.files[f"{name}.json"] = block["header"].encode()
        self.files[f"{name}.jws"] = block["signature"].encode()
        self._note(block["signature"])
        if block["stamp"] is not None:
            self.files[f"{name}.tst"] = base64.b64decode(block["stamp"])

    def _note(self, signature: str) -> None:
        """Remember whose certificate a signature names."""
        try:
            self._named.add(Directory(()).named(signature))
        except AimaqError:
            return  # a message that was rejected may bear anything for a signature

    async def _certificates(self) -> TrustStore:
        """The authority's, which are to be trusted, and those of systems that a signature in the bundle names."""
        authorities, _ = await self._raw("registry", "/nca/ca")
        trusted = x509.load_pem_x509_certificates(authorities)
        for number, certificate in enumerate(trusted, 1):
            self.files[f"authority/{number:02}.der"] = certificate.public_bytes(Encoding.DER)
        for known in (await self._json("gateway", "/journal/certificates")).body["items"]:
            certificate = x509.load_pem_x509_certificate(known["certificate"].encode())
            if thumbprint(certificate) not in self._named:
                continue
            name = f"systems/{known['party']}-{certificate.serial_number:x}.der"
            self.files[name] = certificate.public_bytes(Encoding.DER)
        return TrustStore(trusted)

    async def _papers_at(self, party: str) -> None:
        """What lies at a system and was sent in no message."""
        service_client = ServiceClient(self._session, self._stand.urls[party])
        reply = await service_client.call("GET", f"/cases/{self._case_id}/papers", token=self._stand.tokens[party])
        for paper in reply.body.get("items", []):
            document, signature = base64.b64decode(paper["document"]), base64.b64decode(paper["signature"])
            if (document, signature) not in self._papers:
                self._papers.add((document, signature))
                name = f"documents/{party}-{paper['kind']}"
                self.files |= {f"{name}.bin": document, f"{name}.p7s": signature}

    async def _json(self, party: str, path: str, method: str = "GET") -> Reply:
        reply = await ServiceClient(self._session, self._stand.urls[party]).call(
            method, path, token=self._stand.tokens[party]
        )
        if reply.refused:
            raise NotFound(Technical(reply.detail))
        return reply

    async def _raw(self, party: str, path: str) -> tuple[bytes, str]:
        """A body exactly as it was answered, and the signature that came with it."""
        headers = {"Authorization": f"Bearer {self._stand.tokens[party]}"}
        url = f"{self._stand.urls[party]}{path}"
        async with exchange(self._session, "GET", url, peer=url, headers=headers) as answer:
            if answer.status_code != 200:
                raise Unavailable(Technical(f"{url} answers {answer.status_code}"))
            return await answer.aread(), answer.headers.get("Signature-JWS", "")


def documents_in(data: bytes) -> list[tuple[str, bytes, bytes]]:
    """What a message carries that a person signed: what it is, the document, the detached CMS."""
    try:
        envelope = read(data)
        content = envelope.content()
    except AimaqError:
        return []  # a message that was rejected may be of any shape
    document, signature = getattr(content, "document", None), getattr(content, "signature", None)
    if not isinstance(document, bytes) or not isinstance(signature, bytes):
        return []
    kind = "request" if envelope.kind == "REQUEST" else "result"
    return [(kind, document, signature)]


def paper_in(data: bytes) -> bytes:
    """The result as a signed PDF that a message carries; empty if it carries none."""
    try:
        content = read(data).content()
    except AimaqError:
        return b""
    return content.pdf if isinstance(content, ResultIssued) else b""

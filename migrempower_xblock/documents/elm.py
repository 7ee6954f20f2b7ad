"""The document in the shape of the European Learning Model 3 (JSON-LD): what a holder says of themselves.

It is a credential file that nobody issued: issuer, holder and subject are the same person, and each claim names them as
the awarding body. See docs/decisions/0009-documents.rst for what the published shapes ask and cannot truthfully get.
"""

import base64
import json
import re
from dataclasses import replace
from uuid import NAMESPACE_URL, uuid5

from ..texts import N_, Text
from .data import to_json
from .model import SELF, TRAINER
from .outline import experience_facts, step_facts
from .pdf import to_picture
from .wording import STATEMENT, lines, rating_words, said, series_words, tame

_CONTEXT = ("https://www.w3.org/2018/credentials/v1", "http://data.europa.eu/snb/model/context/edc-ap")
_SCHEMA = "http://data.europa.eu/snb/model/ap/edc-generic-full"
_GENERIC = "http://data.europa.eu/snb/credential/e34929035b"
_AUTHORITY = "http://publications.europa.eu/resource/authority/"
_ESCO = "http://data.europa.eu/esco/"
_UNKNOWN = "und"  # the language of what a person typed

# Languages as the EU's vocabulary calls them (ISO 639-3); any other of three letters is called by them.
_THREE_LETTERS = dict(re.findall("(..):(...)", """
    am:AMH ar:ARA az:AZE bg:BUL bm:BAM bn:BEN bs:BOS ca:CAT cs:CES da:DAN de:DEU el:ELL en:ENG es:SPA et:EST eu:EUS
    fa:FAS ff:FUL fi:FIN fr:FRA ga:GLE gl:GLG ha:HAU he:HEB hi:HIN hr:HRV hu:HUN hy:HYE is:ISL it:ITA ja:JPN ka:KAT
    kk:KAZ km:KHM ko:KOR ku:KUR ky:KIR lb:LTZ ln:LIN lt:LIT lv:LAV mk:MKD ml:MAL mn:MON ms:MSA mt:MLT my:MYA nb:NOB
    ne:NEP nl:NLD nn:NNO no:NOR om:ORM pa:PAN pl:POL ps:PUS pt:POR ro:RON ru:RUS sk:SLK sl:SLV so:SOM sq:SQI sr:SRP
    sv:SWE sw:SWA ta:TAM te:TEL tg:TGK th:THA ti:TIR tk:TUK tr:TUR uk:UKR ur:URD uz:UZB vi:VIE wo:WOL yi:YID yo:YOR
    zh:ZHO"""))


def to_elm(document):
    """Return a ``Document`` as JSON-LD in UTF-8."""
    return json.dumps(_Writer(document).credential(), ensure_ascii=False, indent=1).encode()


class _Writer:
    def __init__(self, document):
        self._document = document
        self._languages = document.languages
        self._name = uuid5(NAMESPACE_URL, to_json(document).decode())  # the same document has the same name
        self._count, self._specified = 0, {}
        self._person = {"id": f"urn:uuid:{self._name}#holder", "type": "Person"}

    def credential(self):
        document, person = self._document, self._person
        made = _date_time(document.made)
        name = tame(document.name)
        subject = person | ({"fullName": {self._languages[0]: name}} if name else {})
        return {
            "@context": list(_CONTEXT),
            "id": f"urn:uuid:{self._name}",
            "type": ["VerifiableCredential", "EuropeanDigitalCredential"],
            "credentialProfiles": _concept(_GENERIC, "http://data.europa.eu/snb/credential/25831c2"),
            "credentialSchema": {"id": _SCHEMA, "type": "ShaclValidator2017"},
            "issuer": person,
            "issuanceDate": made, "issued": made, "validFrom": made,
            "displayParameter": self._display(),
            "credentialSubject": subject | {"hasClaim": [self._course(), *self._assessments(), *self._told()]},
        }

    def _node(self, kind, **properties):
        self._count += 1
        return {"id": f"urn:uuid:{self._name}#{self._count}", "type": kind} | {
            name: value for name, value in properties.items() if value}

    def _said(self, message, **values):
        return self._texts(said(self._languages, message, **values))

    def _texts(self, text):
        return {line.language: line.text for line in lines(text, self._languages)}

    def _note(self, texts):
        return self._node("Note", noteLiteral=texts)

    def _display(self):
        languages = [_language(language) for language in self._languages]
        return self._node(
            "DisplayParameter", title=self._said(N_("Competence passport")), description=self._said(STATEMENT),
            primaryLanguage=languages[0], language=languages, individualDisplay=[
                self._node("IndividualDisplay", language=_language(language), displayDetail=self._node(
                    "DisplayDetail", page=1, image=self._picture(language))) for language in self._languages])

    def _picture(self, language):
        """Return the first page in one language as a picture, which the model asks for and viewers show."""
        picture = to_picture(replace(self._document, languages=(language,)))
        return self._node(
            "MediaObject", content=base64.b64encode(picture).decode(),
            contentType=_concept(f"{_AUTHORITY}file-type/PNG", f"{_AUTHORITY}file-type"),
            contentEncoding=_concept("http://data.europa.eu/snb/encoding/6146cde7dd",
                                     "http://data.europa.eu/snb/encoding/25831c2"))

    def _awarded(self):
        """Return how a claim came to be: the holder makes it."""
        return self._node("AwardingProcess", description=self._said(STATEMENT), awardingBody=self._person)

    def _declared(self, title):
        """Return a claim's title, a ``Text``, with the word that it is self-declared."""
        return self._said("{title} ({declared})", title=title, declared=said(self._languages, N_("self-declared")))

    # -- claims ----------------------------------------------------------------------------------------------------

    def _course(self):
        """Return the learning itself, with what the document says beside ratings and experiences."""
        document = self._document
        course = tame(document.course)
        return self._node(
            "LearningActivity", title=self._declared(said(self._languages, N_("Self-evaluation and training"))),
            description={_UNKNOWN: course} if course else {}, awardedBy=self._awarded(), additionalNote=[
                self._note(self._said(STATEMENT)),
                *(self._fact(N_("Strength"), each.title) for each in document.strengths),
                *(self._note(self._texts(note)) for note in document.notes)])

    def _assessments(self):
        return [self._assessment(framework, competence, rating) for framework in self._document.frameworks
                for area in framework.areas for competence in area.competences for rating in competence.ratings]

    def _assessment(self, framework, competence, rating):
        source = rating.series.source
        by = self._person if source == SELF else self._node("Agent", prefLabel=self._said(
            N_("A trainer of the course") if source == TRAINER else N_("The training of the course")))
        return self._node(
            "LearningAssessment", title=self._declared(competence.title), dateIssued=_date_time(rating.series.when),
            description=self._texts(series_words(self._languages, rating.series)), assessedBy=by,
            awardedBy=self._awarded(), grade=self._note(self._texts(rating_words(self._languages, rating))),
            specifiedBy=self._specification(framework, competence))

    def _specification(self, framework, competence):
        """Return what was assessed; the second time only its name."""
        key = (framework.id, competence.id)
        if key in self._specified:
            return self._specified[key]
        title, address = self._texts(competence.title), competence.same_as
        concept = {"relatedESCOSkill": _concept(address, f"{_ESCO}concept-scheme/skills")} if address.startswith(
            f"{_ESCO}skill/") else {"relatedSkill": {"id": address, "type": "Concept"}} if address else {}
        found = self._node(
            "LearningAssessmentSpecification", title=title, identifier=self._node(
                "Identifier", notation=competence.id, schemeName=framework.id, schemeVersion=framework.version),
            proves=self._node("LearningAchievementSpecification", title=title, learningOutcome=self._node(
                "LearningOutcome", title=title, **concept)))
        self._specified[key] = {"id": found["id"], "type": found["type"]}
        return found

    def _told(self):
        """Yield the experiences, and the steps of the plan."""
        for number, each in enumerate(self._document.experiences, 1):
            yield self._activity(said(self._languages, N_("Situation {n}"), n=number), experience_facts(each))
        for number, each in enumerate(self._document.plan, 1):
            yield self._activity(said(self._languages, N_("Step {n} of my plan"), n=number),
                                 step_facts(each, self._languages))

    def _activity(self, title, facts):
        return self._node("LearningActivity", title=self._declared(title), awardedBy=self._awarded(),
                          additionalNote=[self._fact(name, words) for name, words in facts if words])

    def _fact(self, name, words):
        words = words if isinstance(words, Text) else tame(words)
        return self._note(self._said("{name}: {words}", name=said(self._languages, name), words=words))


def _concept(address, scheme):
    return {"id": address, "type": "Concept", "inScheme": {"id": scheme, "type": "ConceptScheme"}}


def _language(tag):
    base = tag.split("-")[0]
    return _concept(f"{_AUTHORITY}language/{_THREE_LETTERS.get(base, base.upper() if len(base) == 3 else 'UND')}",
                    f"{_AUTHORITY}language")


def _date_time(when):
    return when.isoformat(timespec="seconds")

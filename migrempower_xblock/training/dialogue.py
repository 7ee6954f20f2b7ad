"""Talking: a conversation that branches."""

from dataclasses import dataclass
from functools import cached_property

from .. import schema
from ..merging import BAD_FORM, BadAnswer
from ..problems import Told
from ..schema import Value
from ..texts import Text
from .activity import MOST_POINTS, NOT_OFFERED, Activity, Offered, is_words, sentence
from .veil import Veil


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance(Value):
    """Something the learner can say: where it leads, what it is worth, what comes of it."""

    id: str = schema.identifier("reply")
    points: int = schema.whole_number(0, MOST_POINTS, 0)
    to: str = schema.identifier()
    text: Text = schema.text()
    audio: Text = schema.addresses("An audio")
    feedback: Text = schema.text(required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene(Value):
    """What somebody says, and the replies to it; a scene without replies is an end."""

    id: str = schema.identifier("scene")
    picture: str = schema.picture()
    speaker: Text = schema.text(required=False)
    line: Text = schema.text()
    audio: Text = schema.addresses("An audio")
    replies: tuple[Utterance, ...] = schema.many("reply", Utterance, at_least=0)


@dataclass(frozen=True, kw_only=True)
class Dialogue(Activity):
    """A conversation that branches; it begins with the first scene. A reply is the list of reply ids said so far."""

    form = "dialogue"
    scenes: tuple[Scene, ...] = schema.many("scene", Scene)

    @cached_property
    def _by_id(self) -> dict[str, Scene]:
        return {scene.id: scene for scene in self.scenes}

    @cached_property
    def _best(self) -> dict[str, int]:
        """The most points that can still be collected from each scene, ``{scene id: points}``."""
        best: dict[str, int] = {}
        for scene in reversed(self._downwards() or ()):
            best[scene.id] = max((reply.points + best[reply.to] for reply in scene.replies), default=0)
        return best

    def _downwards(self) -> list[Scene] | None:
        """Return the scenes that can be reached, each before those it leads to; None where they lead in a circle."""
        order: list[Scene] = []
        under_way = {self.scenes[0].id}
        done: set[str] = set()
        stack = [(self.scenes[0], iter(self.scenes[0].replies))]
        while stack:
            scene, replies = stack[-1]
            reply = next(replies, None)
            if reply is None:
                stack.pop()
                under_way.discard(scene.id)
                done.add(scene.id)
                order.append(scene)
            elif reply.to in under_way:
                return None
            elif reply.to not in done:
                under_way.add(reply.to)
                stack.append((self._by_id[reply.to], iter(self._by_id[reply.to].replies)))
        return order[::-1]

    def walk(self, path: object) -> tuple[list[tuple[Scene, Utterance]], Scene]:
        """Return ([(scene, reply), …] said so far, the scene reached); it ends where a stored path is not known."""
        said: list[tuple[Scene, Utterance]] = []
        scene = self.scenes[0]
        for each in path if is_words(path) else ():
            reply = next((reply for reply in scene.replies if reply.id == each), None)
            if reply is None:
                break
            said.append((scene, reply))
            scene = self._by_id[reply.to]
        return said, scene

    def offer(self, veil: Veil, scene: Scene) -> list[Offered]:
        """Return the replies to one scene, shuffled."""
        replies = {reply.id: reply for reply in scene.replies}
        return [Offered(each, name, replies[each].text, audio=replies[each].audio)
                for each, name in veil.names(replies, self.id, scene.id).items()]

    def read_reply(self, data: object, veil: Veil) -> list[str]:
        if not is_words(data):
            raise BadAnswer(BAD_FORM)
        path: list[str] = []
        scene = self.scenes[0]
        for name in data:
            reply = next((reply for reply in scene.replies if veil.name(self.id, scene.id, reply.id) == name), None)
            if reply is None:
                raise BadAnswer(NOT_OFFERED)
            path.append(reply.id)
            scene = self._by_id[reply.to]
        return path

    def show_reply(self, reply: object, veil: Veil) -> list[str]:
        return [veil.name(self.id, scene.id, said.id) for scene, said in self.walk(reply)[0]]

    def is_ready(self, reply: object) -> bool:
        return not self.walk(reply)[1].replies

    def key(self) -> list[str]:
        path: list[str] = []
        scene = self.scenes[0]
        while scene.replies:
            reply = max(scene.replies, key=lambda reply: reply.points + self._best[reply.to])
            path.append(reply.id)
            scene = self._by_id[reply.to]
        return path

    def mark(self, reply: object) -> float:
        """Points collected, over those of the best way through."""
        best = self._best[self.scenes[0].id]
        return sum(said.points for _, said in self.walk(reply)[0]) / best if best else 0.0

    def solution(self) -> list[tuple[Text, ...]]:
        return [(said.text,) for _, said in self.walk(self.key())[0]]

    def in_words(self, reply: object, language: str) -> str:
        return sentence(said.text.words(language) for _, said in self.walk(reply)[0])

    def remarks(self, reply: object) -> dict[str, Text]:
        return {f"{scene.id}/{said.id}": said.feedback for scene, said in self.walk(reply)[0] if said.feedback}

    def check(self, told: Told) -> None:
        for number, scene in enumerate(self.scenes):
            for place, reply in enumerate(scene.replies):
                if reply.to not in self._by_id:
                    told(("scenes", number, "replies", place, "to"),
                         f"There is no scene '{reply.to}'. Name one, or add it.")
        if any(reply.to not in self._by_id for scene in self.scenes for reply in scene.replies):
            return
        reached = self._downwards()
        if reached is None:
            told(("scenes",), "The scenes lead in a circle, so the conversation may have no end. Let every way lead to "
                              "a scene without replies.")
            return
        for number, scene in enumerate(self.scenes):
            if scene not in reached:
                told(("scenes", number),
                     f"Nobody reaches the scene '{scene.id}'. Let a reply lead to it, or remove it.")
        if not self.scenes[0].replies:
            told(("scenes", 0), "The first scene has no replies, so there is nothing to say. Add some.")
        elif not self._best[self.scenes[0].id] and self.points:
            told(("scenes",), "No reply gives points, so nothing is right here. Give points to the good replies.")

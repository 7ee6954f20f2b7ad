"""What staff do to learners' states in the LMS, in the order in which it does it: the instructor dashboard and its
tasks. A task has no request, and so no current user; what it changes in a block it saves.
"""

import json
from contextlib import contextmanager

from submissions import api
from submissions.models import score_reset
from xblock.scorable import Score

from .double import LmsRuntime, anonymous_id_for_user
from .models import StudentModule

SUCCEEDED, SKIPPED = "succeeded", "skipped"


class GradingRuntime(LmsRuntime):
    """A runtime whose grades arrive: they are kept beside the state and set again in the block."""

    completions = None  # a list to which what is published is added

    def publish(self, block, event_type, event_data):
        if event_type == "completion" and self.completions is not None:
            self.completions.append(event_data["completion"])
        if event_type != "grade":
            return
        earned, possible = event_data["value"], event_data["max_value"]
        row, _ = StudentModule.objects.get_or_create(
            student_id=self.key, module_state_key=block.scope_ids.usage_id,
            course_id=block.scope_ids.usage_id.context_key)
        if event_data["only_if_higher"] and row.max_grade and earned / possible < row.grade / row.max_grade:
            return
        StudentModule.objects.filter(id=row.id).update(grade=earned, max_grade=possible)
        block.set_score(Score(raw_earned=earned, raw_possible=possible))


class StateTools:
    """The tools for one block of the course (usage key)."""

    def __init__(self, lms, key):
        self.lms, self.key, self.completions, self.takings_back = lms, key, [], []

    @property
    def definition(self):
        """The block as the modulestore has it, nobody's."""
        return GradingRuntime(None, self.lms.content).get_block(self.key)

    def block_of(self, student):
        """Return the block with a learner's state."""
        self.lms.user = None
        runtime = GradingRuntime(student, self.lms.content)
        runtime.completions = self.completions
        return runtime.get_block(self.key)

    def rows(self, student=None):
        found = StudentModule.objects.filter(course_id=self.key.context_key, module_state_key=self.key)
        return found if student is None else found.filter(student=student)

    # -- tasks ---------------------------------------------------------------------------------------------------------

    def rescore(self, student=None, only_if_higher=False, meanwhile=lambda: None):
        """Return {username: status} of one learner or all; ``meanwhile`` is called between reading and writing."""
        assert hasattr(self.definition, "rescore")
        found = {}
        for row in self.rows(student):
            block = self.block_of(row.student)
            if not block.has_submitted_answer():
                found[row.student.username] = SKIPPED
                continue
            block.get_score()  # the LMS has read the state before the block can
            meanwhile()
            block.rescore(only_if_higher=only_if_higher)
            block.save()
            found[row.student.username] = SUCCEEDED
        return found

    def override(self, student, score, meanwhile=lambda: None):
        """Set a learner's score; where there is no state the LMS makes a row for it. Raises ``ValueError``."""
        definition = self.definition
        if not hasattr(type(definition), "set_score") or not 0 <= float(score) <= definition.max_score():
            raise ValueError(score)
        if not self.rows(student).exists():
            StudentModule.objects.create(student=student, course_id=self.key.context_key, module_state_key=self.key)
        block = self.block_of(student)
        block.get_score()
        meanwhile()
        if not 0 <= float(score) <= block.max_score():
            raise ValueError(score)
        weight = block.weight if block.weight is not None else 1
        if weight == 0:
            raise ValueError(weight)
        block.set_score(Score(raw_earned=float(score) / weight, raw_possible=block.max_score() / weight))
        block.publish_grade()
        block.save()

    def reset_attempts_of_all(self):
        """Return {username: status}."""
        found = {}
        for row in self.rows():
            state = json.loads(row.state) if row.state else {}
            found[row.student.username] = SKIPPED
            if state.get("attempts", 0) > 0:
                state["attempts"] = 0
                row.state = json.dumps(state)
                row.save()
                found[row.student.username] = SUCCEEDED
        return found

    def delete_states_of_all(self):
        """Delete the rows of everybody, as for an entrance exam; blocks are not asked."""
        for row in self.rows():
            row.delete()

    # -- the dashboard -------------------------------------------------------------------------------------------------

    def reset_attempts(self, student):
        """Raises ``StudentModule.DoesNotExist``."""
        row = self.rows().get(student=student)
        row.state = json.dumps({**json.loads(row.state), "attempts": 0, "score_history": [], "correct_map_history": [],
                                "student_answers_history": []})
        row.save()

    def delete_state(self, student, requesting):
        """Delete a learner's state. Raises ``StudentModule.DoesNotExist``."""
        learner, by, block = (anonymous_id_for_user(student, self.key.context_key),
                              anonymous_id_for_user(requesting, self.key.context_key), self.definition)
        assert not block.has_children
        clear = getattr(block, "clear_student_state", None)
        with self._grades_listening():
            if callable(clear):
                clear(user_id=learner, course_id=str(self.key.context_key), item_id=str(self.key),
                      requesting_user_id=by)
            else:
                api.reset_score(learner, str(self.key.context_key), str(self.key))
        row = self.rows().get(student=student)
        row.delete()
        if not callable(clear) and getattr(block, "has_score", False):
            self.takings_back.append((learner, str(self.key.context_key), str(self.key)))

    @contextmanager
    def _grades_listening(self):
        """Note which scores the LMS is told to take back; of a block that clears its own state it hears of no other
        way.
        """
        def hear(sender, anonymous_user_id, course_id, item_id, created_at, **_more):
            assert created_at.tzinfo is not None
            self.takings_back.append((anonymous_user_id, course_id, item_id))

        score_reset.connect(hear)
        try:
            yield
        finally:
            score_reset.disconnect(hear)

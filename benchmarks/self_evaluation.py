"""Speed and size of the self-evaluation, beside xblock-poll's survey with 20 questions, in one run.

Run by ``make bench`` in an environment of its own. Printed: the median and 95th percentile in milliseconds, SQL
statements, gzipped bytes, and the ratios to the survey.
"""

import argparse
import json

from measuring import REQUESTS, STAMP, Case, measure, print_assets, report

from migrempower_xblock.olx import preset_framework
from migrempower_xblock.self_evaluation import SelfEvaluationBlock


def survey(count):
    """Return OLX of a survey."""
    questions = json.dumps([[f"q{n}", {"label": f"I can do thing {n}", "img": None, "img_alt": None}]
                            for n in range(count)])
    answers = json.dumps([[str(n), f"Level {n}"] for n in range(1, 6)])
    return f"<survey private_results=\"true\" max_submissions=\"0\" questions='{questions}' answers='{answers}'/>"


def evaluation(count):
    """Return OLX of a self-evaluation of ``count`` competences with real sentences, in English and Arabic."""
    framework = preset_framework("migrempower")
    placed = list(framework.placed_statements())

    def texts(tag, text, number):
        return "".join(f'<{tag} xml:lang="{tag_}">{text[tag_]} {number}</{tag}>' for tag_ in ("en", "ar"))

    competences = ""
    for number in range(count):
        _, competence, statement = placed[number % len(placed)]
        competences += (
            f'<competence id="c{number}">{texts("title", competence.title, number)}'
            f'{texts("advice", competence.advice, number)}<statement id="s{number}" picture="{statement.picture}">'
            f'{texts("text", statement.text, number)}{texts("example", statement.example, number)}'
            f'{texts("alt", statement.alt, number)}</statement></competence>')
    area = framework.areas[0]
    return ('<migrempower_self_evaluation second_language="ar"><framework id="bench" version="1" languages="en ar">'
            f'{texts("title", framework.title, "")}<scale id="help"/><area id="a" picture="{area.picture}">'
            f'{texts("title", area.title, "")}{competences}</area></framework></migrempower_self_evaluation>')


def one_answer(turn, _block):
    """Return a request that answers one statement."""
    return {"round": 1, "answers": {"s3": {"stamp": STAMP + turn, "level": turn % 4}}}


SURVEY = Case("survey, 20 questions", survey(20), "vote",
              lambda turn, _: {f"q{q}": str((turn + q) % 5 + 1) for q in range(20)})
OURS = Case("self-evaluation, 24 × 2 languages", evaluation(24), "save_answers", one_answer)
LONG = Case("self-evaluation, 240 × 2 languages", evaluation(240), "save_answers", one_answer)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=100)
    medians = report(measure([SURVEY, OURS, LONG], parser.parse_args().turns))
    print()
    print_assets(SelfEvaluationBlock)
    for kind in REQUESTS:
        print(f"{kind}: {medians[OURS.name, kind] / medians[SURVEY.name, kind]:.2f} × the survey's time; "
              f"240 statements {medians[LONG.name, kind] / medians[SURVEY.name, kind]:.2f} ×")


if __name__ == "__main__":
    main()

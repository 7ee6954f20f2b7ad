"""Packaging: static/ and templates/ stand at the top of the tree and are installed inside the package."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
PACKAGE = "migrempower_xblock"


def data_files(folder, *patterns):
    """Return the files below ``folder`` that match, relative to it."""
    return [str(path.relative_to(HERE / folder)) for pattern in patterns for path in (HERE / folder).rglob(pattern)]


setup(
    name="migrempower-xblock",
    version="1.0.0",
    description="Open edX XBlocks with which migrants and refugees evaluate their competences and train what they lack",
    long_description=(HERE / "README.rst").read_text("utf-8"),
    long_description_content_type="text/x-rst",
    license="AGPL-3.0-or-later",
    classifiers=[
        "Development Status :: 5 - Production/Stable",
        "Framework :: Django",
        "Framework :: Django :: 4.2",
        "Framework :: Django :: 5.2",
        "Natural Language :: Arabic",
        "Natural Language :: English",
        "Natural Language :: French",
        "Natural Language :: German",
        "Natural Language :: Greek",
        "Natural Language :: Italian",
        "Natural Language :: Persian",
        "Natural Language :: Spanish",
        "Natural Language :: Turkish",
        "Natural Language :: Ukrainian",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Education",
    ],
    python_requires=">=3.11",
    packages=[*find_packages(include=[PACKAGE, f"{PACKAGE}.*"]), f"{PACKAGE}.static", f"{PACKAGE}.templates"],
    package_dir={f"{PACKAGE}.static": "static", f"{PACKAGE}.templates": "templates"},
    package_data={
        PACKAGE: data_files(PACKAGE, "presets/**/*.xml", "translations/**/*.po", "translations/**/*.mo",
                            "documents/*.typ", "fonts/*", "dashboard/mako/*.html"),
        f"{PACKAGE}.static": data_files("static", "*.css", "*.html", "*.js", "*.svg", "*.txt"),
        f"{PACKAGE}.templates": data_files("templates", "*.html"),
    },
    install_requires=["XBlock>=5.1", "Babel>=2.12", "celery>=5.3,<6", "Django>=4.2", "edx-submissions>=3.7",
                      "Jinja2>=3.1", "lxml", "nh3>=0.2.18", "openpyxl>=3.1", "python-docx>=1.1",
                      "typst>=0.15,<0.16"],
    extras_require={
        "workbench": ["XBlock[django]", "celery[redis]", "xblock-sdk", "Django>=4.2,<6"],
        "test": ["axe-playwright-python", "build", "cyclonedx-python-lib[json-validation]>=11", "docutils",
                 "edx-django-utils", "edx-event-routing-backends", "edx-opaque-keys[django]", "hypothesis",
                 "jsonschema", "Mako", "mypy", "openedx-filters", "packaging", "playwright", "pypdf", "pypdfium2",
                 "pyphen", "pyshacl", "pytest", "pytest-django", "pytest-xdist", "ruff", "scipy", "twine", "vulture"],
    },
    entry_points={
        "xblock.v1": [
            "migrempower_passport = migrempower_xblock.passport:PassportBlock",
            "migrempower_self_evaluation = migrempower_xblock.self_evaluation:SelfEvaluationBlock",
            "migrempower_cohort_report = migrempower_xblock.cohort_report:CohortReportBlock",
            "migrempower_training_module = migrempower_xblock.training_module:TrainingModuleBlock",
        ],
        "lms.djangoapp": ["migrempower = migrempower_xblock.apps:MigrEmpowerConfig"],
        "cms.djangoapp": ["migrempower = migrempower_xblock.apps:MigrEmpowerConfig"],
    },
)

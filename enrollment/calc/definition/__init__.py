"""The file that defines a trial: its model, its parser and what can be wrong with it."""

from .base import Table, Text
from .document import Definition
from .eligibility import Consent, Criterion
from .endpoints import CountedReader, Endpoints, Population, Reader, TwoStageDesign
from .forms import Form, FormField
from .parsing import parse, parse_table
from .problems import DefinitionError, Problem
from .review import Signatures, Verification
from .scores import Scores
from .toxicity import Cohort, DoseLimitingToxicity, TermGrade
from .treatment import BackgroundDrug, Product, Regimen, WeightBand
from .trial import Arm, Level, Randomization, Site, Stratum, Trial
from .tumor import Tumor
from .visits import CAPSULES, Track, Visit

__all__ = [
    "CAPSULES",
    "Arm",
    "BackgroundDrug",
    "Cohort",
    "Consent",
    "CountedReader",
    "Criterion",
    "Definition",
    "DefinitionError",
    "DoseLimitingToxicity",
    "Endpoints",
    "Form",
    "FormField",
    "Level",
    "Population",
    "Problem",
    "Product",
    "Randomization",
    "Reader",
    "Regimen",
    "Scores",
    "Signatures",
    "Site",
    "Stratum",
    "SubgroupLevel",
    "Table",
    "TermGrade",
    "Text",
    "Track",
    "Trial",
    "Tumor",
    "TwoStageDesign",
    "Verification",
    "Visit",
    "WeightBand",
    "parse",
    "parse_table",
]

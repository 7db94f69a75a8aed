"""`microbiome`: the analyses and where each is."""

from core.files.command import FileCommand, Program


def _analysis(module: str, function: str, text: str, options: str = "add_options") -> FileCommand:
    return FileCommand(f"microbiome.files.{module}", function, text, options)


PROGRAM = Program(
    name="microbiome",
    purpose="Analyzes tables of counts in CSV files (samples are rows), without a database.",
    commands={
        "alpha": _analysis("alpha", "write_alpha", "diversity within each sample"),
        "beta": _analysis(
            "distances", "write_beta", "distances between samples", "add_distance_options"
        ),
        "pcoa": _analysis(
            "ordination", "write_pcoa", "principal coordinates of distances", "add_pcoa_options"
        ),
        "nmds": _analysis(
            "ordination",
            "write_nmds",
            "non-metric multidimensional scaling of distances",
            "add_nmds_options",
        ),
        "permanova": _analysis(
            "models",
            "write_permanova",
            "distances explained by a model, tested by permutation",
            "add_permanova_options",
        ),
        "permdisp": _analysis(
            "models", "write_permdisp", "do groups scatter alike?", "add_permdisp_options"
        ),
        "anosim": _analysis(
            "models",
            "write_anosim",
            "ranks of distances between and within groups",
            "add_anosim_options",
        ),
        "pca": _analysis("pca", "write_pca", "principal components as R's prcomp"),
        "differential": _analysis(
            "differential",
            "write_differential",
            "features that change within patients or differ between groups",
        ),
        "rarefaction": _analysis(
            "rarefaction",
            "write_curves",
            "expected number of features at equal depth",
            "add_curve_options",
        ),
        "rarefy": _analysis(
            "rarefaction",
            "write_rarefied",
            "a table of equal depth, drawn from a seed",
            "add_rarefy_options",
        ),
    },
)
